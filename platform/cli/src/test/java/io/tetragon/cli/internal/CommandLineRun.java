// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * One run of {@code tetra} inside the test.
 *
 * @param code exit code
 * @param out standard output
 * @param err standard error
 */
record CommandLineRun(int code, String out, String err) {
    /** With a terminal as standard input. */
    static CommandLineRun tetra(String... args) {
        return run("", false, args);
    }

    /** With a pipe as standard input. */
    static CommandLineRun piped(String input, String... args) {
        return run(input, true, args);
    }

    private static CommandLineRun run(String input, boolean holdsEvents, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal =
                new Terminal(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        holdsEvents,
                        out,
                        false,
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of());
        int code = new Tetra(terminal).run(args);
        return new CommandLineRun(
                code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}
