// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The standard streams and what is behind them. Standard output is not a {@link PrintStream},
 * because that would hide a reader that went away.
 *
 * @param in standard input
 * @param inputHoldsEvents whether standard input is a pipe or a regular file
 * @param out standard output, not buffered
 * @param outputIsTerminal whether a person looks at standard output
 * @param err standard error
 * @param environment environment variables
 */
public record Terminal(
        InputStream in,
        boolean inputHoldsEvents,
        OutputStream out,
        boolean outputIsTerminal,
        PrintStream err,
        Map<String, String> environment) {
    private static final int S_IFMT = 0170000;
    private static final int S_IFIFO = 0010000;
    private static final int S_IFREG = 0100000;

    /** The streams of this process. */
    public static Terminal ofProcess() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                isPipeOrFile("/proc/self/fd/0"),
                new FileOutputStream(FileDescriptor.out),
                isTerminal("/proc/self/fd/1"),
                new PrintStream(
                        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                System.getenv());
    }

    // The mode is read through the descriptor, so that it is right for deleted files and pipes too.
    private static boolean isPipeOrFile(String descriptor) {
        try {
            // If the descriptor was closed when we were started, the runtime got it for its own modules.
            Path runtime = Path.of(System.getProperty("java.home")).toRealPath();
            if (Files.readSymbolicLink(Path.of(descriptor)).startsWith(runtime)) {
                return false;
            }
            Object mode = Files.getAttribute(Path.of(descriptor), "unix:mode");
            int type = mode instanceof Integer bits ? bits & S_IFMT : 0;
            return type == S_IFIFO || type == S_IFREG;
        } catch (IOException | UnsupportedOperationException closed) {
            return false;
        }
    }

    private static boolean isTerminal(String descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of(descriptor)).toString();
            return target.startsWith("/dev/pts/")
                    || target.startsWith("/dev/tty")
                    || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException closed) {
            return false;
        }
    }

    void println(String line) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
