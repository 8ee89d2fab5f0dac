// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.exec;

import static io.tetragon.it.kit.ExpectedEvent.exec;
import static io.tetragon.it.kit.ExpectedEvent.exit;
import static io.tetragon.it.kit.Places.SCRATCH;
import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.kit.Scenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Scenario;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Names and arguments chosen to break a reader of the events. */
final class HostileRows {
    private static final String TRUE = trigger("true");

    /** One byte less than the kernel allows a single argument to have. */
    private static final int LONGEST_ARGUMENT = 131071;

    private HostileRows() {}

    static Stream<Scenario> rows() {
        return Stream.of(
                bytes("a program name with a newline", "new\\x0aline", "new\nline", "", ""),
                bytes("a program name with quotes and backslashes", "q\\x22u'o\\x5cte", "q\"u'o\\te", "", ""),
                bytes("a program name that is not UTF-8", "bad\\xff\\xfename", "bad\uFFFDname", "", ""),
                bytes("arguments that are not UTF-8, each run of bad bytes one replacement character,",
                        "args", "args", "a\\xff\\xfeb\\xc3", "a\uFFFDb\uFFFD"),
                bytes("control characters in arguments", "control", "control",
                        "bell\\x07,escape\\x1b,delete\\x7f,newline\\x0a", "bell\u0007,escape\u001b,delete\u007f,newline\n"),
                bytes("a character of four bytes and one cut short", "emoji", "emoji",
                        "\\xf0\\x9f\\x90\\x9d,\\xf0\\x9f", "\uD83D\uDC1D,\uFFFD"),
                bytes("an argument that looks like JSON", "json", "json",
                        "\\x22},{\\x22process_exec\\x22:{", "\"},{\"process_exec\":{"),
                twoMegabytes(),
                twoMegabytesOfOneThatIsGone());
    }

    /** The bytes may contain {@code \xHH}; no blanks, so that no quotes are added. */
    private static Scenario bytes(String what, String name, String nameSeen, String argument, String argumentSeen) {
        String program = trigger("exec-bytes");
        String seen = scratch(nameSeen);
        Launch launch = argument.isEmpty()
                ? Launch.of(program, SCRATCH.toString(), TRUE, name)
                : Launch.of(program, SCRATCH.toString(), TRUE, name, argument);
        return row(
                what + " is one line of JSON that reads back",
                launch,
                exec(program).as("parent"),
                exec(seen).as("it").childOf("parent").arguments(argumentSeen).flags("execve clone"),
                exit(seen).as("it").status(0),
                exit(program).as("parent").status(0));
    }

    /** Such a list does not fit a ring record; what is missing of it can still be read from the living process. */
    private static Scenario twoMegabytes() {
        String program = trigger("many-args");
        return row(
                "a list of 15 arguments as long as the kernel allows arrives whole from a living process",
                Launch.of(program, "15", Integer.toString(LONGEST_ARGUMENT)).hold(),
                exec(program).as("before"),
                exec("/proc/self/exe")
                        .as("it")
                        .childOf("before")
                        .arguments(longArguments())
                        .with("process.flags", Check.words("execve", "dataArgs")),
                exit("/proc/self/exe").as("it").status(0));
    }

    private static Scenario twoMegabytesOfOneThatIsGone() {
        String program = trigger("many-args");
        return row(
                "the same list of a process that ends at once is whole, or flagged truncArgs",
                Launch.of(program, "15", Integer.toString(LONGEST_ARGUMENT), TRUE),
                exec(program).as("before"),
                exec(TRUE)
                        .as("it")
                        .childOf("before")
                        .with("process", Check.that(
                                "has the whole list, or its beginning and the flag truncArgs",
                                process -> {
                                    String arguments = process.path("arguments").asText();
                                    boolean flagged = process.path("flags").asText().contains("truncArgs");
                                    return flagged
                                            ? arguments.startsWith("1.xxx") && arguments.length() >= LONGEST_ARGUMENT
                                            : arguments.equals(longArguments());
                                })),
                exit(TRUE).as("it").status(0));
    }

    private static String longArguments() {
        return IntStream.rangeClosed(1, 15)
                .mapToObj(number -> number + ".")
                .map(start -> start + "x".repeat(LONGEST_ARGUMENT - start.length()))
                .collect(Collectors.joining(" "));
    }
}
