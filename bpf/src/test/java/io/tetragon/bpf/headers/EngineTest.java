// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the generic hook engine decides and sends, on calls of the test's own making. */
class EngineTest {
    private static final int NOT = 1;
    private static final int SIGNED = 2;
    private static final int LONG_TEXTS = 16;
    private static final int RETURN_NO_PLACE = 1;
    private static final int RETURN_STALE = 2;
    /** An address on a kernel stack, and one on another. */
    private static final long STACK = 0xffffc90000013f00L;
    private static final long OTHER_STACK = 0xffffc90000443f00L;

    @ParameterizedTest(name = "{0} {1} flags {2}: {4}")
    @CsvSource({
        "EQUAL, 5 -7, 0, 5 6 -7 7, 5 -7",
        "EQUAL, 5 -7, 1, 5 6 -7 7, 6 7",
        "EQUAL, '', 0, 5, ''",
        "EQUAL, '', 1, 5, 5",
        "RANGE, -3..4 100..100, 2, -4 -3 0 4 5 100 101, -3 0 4 100",
        "RANGE, 5..9223372036854775807, 0, 4 5 -1, 5",
        "RANGE, -5..-1, 0, 4 -6 -5 -1 0, -5 -1",
        "RANGE, -3..4, 3, -4 -3 4 5, -4 5",
        "MASK, 6, 0, 1 2 4 8 -1, 2 4 -1",
        "MASK, 6, 1, 1 2 8, 1 8",
        "SET, 3 -9, 0, 3 9 -9, 3 -9",
        "SET, 3 -9, 1, 3 9 -9, 9",
    })
    void numbers(String operator, String values, int flags, String calls, String held) throws IOException {
        try (Engine engine = new Engine()) {
            engine.selector().filter(0, operator, flags);
            for (String value : words(values)) {
                switch (operator) {
                    case "EQUAL" -> engine.value("number", Long.parseLong(value));
                    case "MASK" -> engine.mask(Long.parseLong(value));
                    case "SET" -> engine.number(Long.parseLong(value));
                    default -> engine.value("range", Arrays.stream(value.split("\\.\\.")).mapToLong(Long::parseLong)
                            .toArray());
                }
            }
            engine.load();
            for (String call : words(calls)) {
                engine.begin(Long.parseLong(call), 1, 0, 0, 0);
            }
            assertEquals(words(held).stream().map(value -> "0 0:" + value + " 1:1 2:").toList(), engine.records());
        }
    }

    @Test
    void anExpressionIsWorkedOut() throws IOException {
        try (Engine engine = new Engine()) {
            // arg0 - 5 > 2 && !(uint32(arg1) == 7 || arg1 == -1)
            engine.selector().filter(0, "CEL", 0)
                    .cel("ARGUMENT", 0, 0).cel("LITERAL", 0, 5).cel("SUBTRACT", 0, 0).cel("LITERAL", 0, 2)
                    .cel("GREATER", 0, 0)
                    .cel("ARGUMENT", 1, 0).cel("UINT32", 0, 0).cel("LITERAL", 0, 7).cel("EQUAL", 0, 0)
                    .cel("ARGUMENT", 1, 0).cel("LITERAL", 0, -1).cel("EQUAL", 0, 0).cel("OR", 0, 0).cel("NOT", 0, 0)
                    .cel("AND", 0, 0).load();
            long[][] calls = {{8, 1}, {7, 1}, {9, 0x100000007L}, {9, -1}, {-9, 1}, {100, -7}};
            for (long[] call : calls) {
                engine.begin(call[0], call[1], 0, 0, 0);
            }
            assertEquals(List.of("0 0:8 1:1 2:", "0 0:100 1:-7 2:"), engine.records());
        }
    }

    @ParameterizedTest(name = "{0} {1} flags {2}: {4}")
    @CsvSource({
        "EXACT, /etc/passwd$, 0, /etc/passwd /etc/passw /etc/passwd1 etc, /etc/passwd",
        "EXACT, /etc/passwd$, 1, /etc/passwd /etc/passw, /etc/passw",
        "PREFIX, /etc/, 0, /etc/ /etc/x /etc /usr/etc/, /etc/ /etc/x",
        "POSTFIX, fnoc., 0, .conf a.conf conf /etc/resolv.conf .conf2, .conf a.conf /etc/resolv.conf",
        "POSTFIX, elif-a-fo-eman-gnol-a, 0, a-long-name-of-a-file /a-long-name-of-a-file -long-name-of-a-file, "
                + "a-long-name-of-a-file /a-long-name-of-a-file",
        "SUBSTRING, abc, 0, abc xabc abcx xxabxxabcx ab ABC, abc xabc abcx xxabxxabcx",
        "SUBSTRING, 0123456789abcdef_, 0, 0123456789abcdef_ x0123456789abcdef_x 0123456789abcdef-, "
                + "0123456789abcdef_ x0123456789abcdef_x",
        "SUBSTRING_FOLD, a[z`, 0, A[Z` xxa[z`x a{z` a[z@, A[Z` xxa[z`x",
    })
    void texts(String operator, String value, int flags, String calls, String held) throws IOException {
        try (Engine engine = new Engine()) {
            engine.selector().filter(Engine.TEXT, operator, flags);
            if (operator.startsWith("SUBSTRING")) {
                engine.substring(value);
            } else {
                engine.text(value.replace('$', '\0'));
            }
            engine.load();
            assertEquals(words(held), holds(engine, words(calls)));
        }
    }

    @Test
    void longTextsAreComparedWhole() throws IOException {
        String text = "0123456".repeat(90);
        try (Engine engine = new Engine()) {
            engine.selector().filter(Engine.TEXT, "EXACT", LONG_TEXTS).text("short\0").longText("x".repeat(300), false)
                    .longText(text, false).load();
            assertEquals(List.of("short", text), holds(engine, List.of("short", text, text + "x",
                    text.substring(0, 629) + "x", "x" + text.substring(1), "x".repeat(299))));
        }
        try (Engine engine = new Engine()) {
            engine.selector().filter(Engine.TEXT, "PREFIX", LONG_TEXTS).text("x").longText(text, true).load();
            assertEquals(List.of(text, text + "x"), holds(engine, List.of(text, text + "x", text.substring(1))));
        }
    }

    /** An exact text is not found in a buffer that goes on behind a NUL. */
    @Test
    void buffersMayHoldAnything() throws IOException {
        try (Engine engine = new Engine().buffer()) {
            engine.selector().filter(Engine.TEXT, "EXACT", 0).text("ab\0").load();
            engine.say("ab\0cd");
            for (int size = 0; size <= 5; size++) {
                engine.begin(0, 0, size, 0, 0);
            }
            assertEquals(List.of("0 0:0 1:0 2:ab"), engine.records());
        }
    }

    @Test
    void theFirstSelectorThatHoldsDecides() throws IOException {
        try (Engine engine = new Engine()) {
            engine.selector().filter(0, "EQUAL", 0).value("number", 1).filter(1, "EQUAL", 0).value("number", 2)
                    .selector().filter(0, "EQUAL", 0).value("number", 1).action("NO_POST", 0)
                    .selector().load();
            engine.begin(1, 2, 0, 0, 0);
            engine.begin(1, 3, 0, 0, 0);
            engine.begin(2, 2, 0, 0, 0);
            assertEquals(List.of("0 0:1 1:2 2:", "2 0:2 1:2 2:"), engine.records());
            assertEquals(List.of(1L, 0L, 1L), List.of(engine.counter(0, "post"), engine.counter(1, "post"),
                    engine.counter(2, "post")));
            assertEquals(1, engine.counter(1, "nopost"));
        }
    }

    @Test
    void equalCallsAreReportedOnceInATime() throws IOException {
        try (Engine engine = new Engine()) {
            engine.selector().action("POST", 1000).load();
            for (int i = 0; i < 2; i++) {
                engine.say("one");
                engine.begin(1, 1, 0, 0, 0);
                engine.begin(1, 2, 0, 0, 0);
                engine.say("one, and forty bytes of it are compared:" + "more".repeat(i));
                engine.begin(1, 1, 0, 0, 0);
            }
            assertEquals(List.of("0 0:1 1:1 2:one", "0 0:1 1:2 2:one", "0 0:1 1:1 2:one, and forty bytes of it are compared:"),
                    engine.records());
        }
    }

    @Test
    void callsWithinCallsPairRightly() throws IOException {
        try (Engine engine = new Engine().returns(1)) {
            engine.load();
            engine.begin(1, 11, 0, 0, STACK);
            engine.begin(2, 22, 0, 0, STACK - 96);
            engine.begin(3, 33, 0, 1, STACK - 96);
            engine.end(-3, 1, STACK - 96);
            engine.end(-2, 0, STACK - 96);
            engine.end(-1, 0, STACK);
            engine.end(-9, 0, STACK);
            assertEquals(List.of("0 0:1 2:", "0 0:2 2:", "0 0:3 2:", "return 0 1:33 5:-3", "return 0 1:22 5:-2",
                    "return 0 1:11 5:-1"), engine.records());
            assertEquals(3, engine.counter(0, "post"));
            assertEquals(0, engine.missed(RETURN_STALE) + engine.missed(RETURN_NO_PLACE));
        }
    }

    @Test
    void callsWhoseReturnWasMissedDoNotStandInTheWay() throws IOException {
        try (Engine engine = new Engine().returns()) {
            engine.load();
            engine.begin(1, 0, 0, 0, STACK);
            engine.begin(2, 0, 0, 0, STACK - 64);
            engine.begin(3, 0, 0, 0, STACK - 128);
            engine.end(1, 0, STACK);
            assertEquals(2, engine.missed(RETURN_STALE), "below the one that returned");
            engine.begin(4, 0, 0, 0, STACK - 64);
            engine.begin(5, 0, 0, 0, STACK);
            assertEquals(3, engine.missed(RETURN_STALE), "another begins above it");
            engine.begin(6, 0, 0, 0, OTHER_STACK);
            engine.end(6, 0, OTHER_STACK);
            engine.end(5, 0, STACK);
            List<String> returns = engine.records().stream().filter(r -> r.startsWith("return")).toList();
            assertEquals(List.of("return 0 5:1", "return 0 5:6", "return 0 5:5"), returns);
        }
    }

    @Test
    void whatCannotWaitSaysSo() throws IOException {
        try (Engine engine = new Engine().returns()) {
            engine.load();
            for (int depth = 0; depth < 9; depth++) {
                engine.begin(depth, 0, 0, 0, STACK - 64L * depth);
            }
            List<String> records = engine.records();
            assertEquals("0 0:7 1:0 2:", records.get(7));
            assertEquals("lost 0 0:8 1:0 2:", records.get(8));
            assertEquals(1, engine.missed(RETURN_NO_PLACE));
            assertEquals(9, engine.counter(0, "post"), "whatever they return");
        }
    }

    @Test
    void aReturnThatDoesNotMatchTakesTheFirstHalfBack() throws IOException {
        try (Engine engine = new Engine().returns()) {
            engine.selector().filter(0, "EQUAL", NOT).value("number", 9).atReturn().filter(Engine.RETURN, "RANGE", SIGNED)
                    .value("range", -4095, -1).load();
            for (long result : new long[] {-13, 0}) {
                engine.begin(1, 0, 0, 0, STACK);
                engine.end(result, 0, STACK);
            }
            engine.begin(9, 0, 0, 0, STACK);
            engine.end(-13, 0, STACK);
            assertEquals(List.of("0 0:1 1:0 2:", "return 0 5:-13", "0 0:1 1:0 2:", "never 0"), engine.records());
        }
    }

    private static List<String> holds(Engine engine, List<String> texts) {
        List<String> held = new ArrayList<>();
        for (String text : texts) {
            engine.say(text);
            engine.begin(0, 0, 0, 0, 0);
            for (String found : engine.records()) {
                assertEquals("0 0:0 1:0 2:" + text, found);
                held.add(text);
            }
        }
        return held;
    }

    private static List<String> words(String line) {
        return line.isEmpty() ? List.of() : List.of(line.split(" "));
    }
}
