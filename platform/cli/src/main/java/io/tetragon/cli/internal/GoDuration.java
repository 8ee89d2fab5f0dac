// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go writes them: {@code 300ms}, {@code 1h15m30.5s}, {@code 0}. */
final class GoDuration {
    private static final Pattern PART =
            Pattern.compile("(\\d+(?:\\.\\d*)?|\\.\\d+)(ns|us|µs|ms|s|m|h)");
    private static final Map<String, Long> NANOS =
            Map.of(
                    "ns", 1L,
                    "us", 1_000L,
                    "µs", 1_000L,
                    "ms", 1_000_000L,
                    "s", 1_000_000_000L,
                    "m", 60_000_000_000L,
                    "h", 3_600_000_000_000L);

    private GoDuration() {}

    /**
     * @param flag the flag the value was given to, for the message
     * @throws CliException if the text is not a duration of 0 to 292 years
     */
    static Duration parse(String flag, String text) throws CliException {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        Matcher part = PART.matcher(text);
        BigDecimal nanos = BigDecimal.ZERO;
        int end = 0;
        while (part.lookingAt()) {
            nanos = nanos.add(new BigDecimal(part.group(1)).multiply(new BigDecimal(nanosIn(part))));
            end = part.end();
            part.region(end, text.length());
        }
        if (end == 0 || end != text.length() || nanos.compareTo(new BigDecimal(Long.MAX_VALUE)) > 0) {
            throw new CliException(
                    "invalid duration \"" + text + "\" for " + flag + ": write it like 500ms, 30s or 1h30m");
        }
        return Duration.ofNanos(nanos.longValue());
    }

    private static long nanosIn(Matcher part) {
        Long nanos = NANOS.get(part.group(2));
        return nanos == null ? 0 : nanos;
    }
}
