// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LineFormatTest {
    private static LogRecord entry(Level level, String message, Object... fields) {
        LogRecord entry = new LogRecord(level, message);
        entry.setInstant(Instant.parse("2026-01-02T03:04:05Z"));
        entry.setLoggerName("io.tetragon.Some");
        entry.setParameters(fields);
        return entry;
    }

    @Test
    void textQuotesOnlyWhatNeedsIt() {
        LogRecord entry = entry(Level.WARNING, "cannot attach", "sensor", "exec", "reason", "no \"x\"", "empty", "", "n", 3);
        assertEquals("time=2026-01-02T03:04:05Z level=warning msg=\"cannot attach\" sensor=exec reason=\"no \\\"x\\\"\""
                + " empty=\"\" n=3", LineFormat.TEXT.line(entry, true, false));
    }

    @Test
    void jsonIsOneObjectOfStrings() {
        LogRecord entry = entry(Level.INFO, "Ready", "path", "C:\\x", "umlaut", "ü");
        assertEquals("{\"time\":\"2026-01-02T03:04:05Z\",\"level\":\"info\",\"msg\":\"Ready\",\"path\":\"C:\\\\x\","
                + "\"umlaut\":\"ü\"}", LineFormat.JSON.line(entry, true, false));
    }

    @ParameterizedTest
    @EnumSource(LineFormat.class)
    void whateverAFieldHoldsItStaysOneLineWithoutControlCharacters(LineFormat format) {
        String hostile = "a\nlevel=error msg=\"forged\"\r\u001b[2J\u0085\u2028\ud800 b\u0000";
        String line = format.line(entry(Level.INFO, hostile, "name", hostile, "na me=\n", "x"), true, false);
        assertEquals(1, line.lines().count(), line);
        assertFalse(line.chars().anyMatch(c -> c < ' ' || c >= 0x7f && c < 0xa0 || c == 0x2028 || c == 0xd800), line);
        assertTrue(line.contains("\\nlevel=error"), line);
    }

    @Test
    void aLibrarysPatternIsFilledAndItsLoggerNamed() {
        LogRecord entry = entry(Level.WARNING, "{0} of {1}", "one", "two");
        entry.setLoggerName("io.netty.x");
        assertTrue(LineFormat.TEXT.line(entry, false, false).endsWith("msg=\"one of two\" logger=io.netty.x"));
    }

    @Test
    void aStackTraceAppearsOnlyWhenItIsWanted() {
        LogRecord entry = entry(Level.SEVERE, "failed");
        entry.setThrown(new IllegalStateException("why"));
        String without = LineFormat.TEXT.line(entry, true, false);
        assertTrue(without.endsWith("error=\"java.lang.IllegalStateException: why\""), without);
        assertTrue(LineFormat.TEXT.line(entry, true, true).lines().skip(1).allMatch(line -> line.startsWith("  ")));
        assertEquals(1, LineFormat.JSON.line(entry, true, true).lines().count());
    }

    @Test
    void levelNamesAreTetragons() {
        assertEquals(LogLevel.WARNING, LogLevel.of("warn"));
        assertEquals(LogLevel.TRACE, LogLevel.of("trace"));
        assertEquals("trace", LogLevel.word(Level.FINER));
        assertEquals("debug", LogLevel.word(Level.FINE));
        assertEquals("error", LogLevel.word(Level.SEVERE));
    }
}
