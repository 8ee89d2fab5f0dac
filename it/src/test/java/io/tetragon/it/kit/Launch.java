// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program to run as the action of a test.
 *
 * @param command the program and its arguments, executed directly: no shell in between
 * @param directory its working directory
 * @param environment its whole environment, or null for the JVM's
 * @param held its standard input stays open until {@link Running#release()}
 */
public record Launch(List<String> command, String directory, @Nullable Map<String, String> environment, boolean held) {
    public Launch {
        command = List.copyOf(command);
    }

    /** In the scratch folder, with the JVM's environment and an empty standard input. */
    public static Launch of(String... command) {
        return new Launch(List.of(command), Places.SCRATCH.toString(), null, false);
    }

    public Launch in(String directory) {
        return new Launch(command, directory, environment, held);
    }

    public Launch environment(Map<String, String> only) {
        return new Launch(command, directory, Map.copyOf(only), held);
    }

    /** Keeps the standard input open until {@link Running#release()}. */
    public Launch hold() {
        return new Launch(command, directory, environment, true);
    }

    /** What is not there of the programs it names; only trigger programs can be missing. */
    public Optional<String> missing() {
        return command.stream()
                .filter(word -> word.startsWith(Places.trigger("")) && !word.contains(" "))
                .filter(word -> !Files.isExecutable(Path.of(word)))
                .findFirst()
                .map(word -> word + " is not built (no C compiler when the tests were)");
    }

    /** Starts it; its output is kept for messages. */
    public Running start() {
        ProcessBuilder builder = new ProcessBuilder(command).directory(new File(directory)).redirectErrorStream(true);
        Map<String, String> only = environment;
        if (only != null) {
            builder.environment().clear();
            builder.environment().putAll(only);
        }
        try {
            File output = File.createTempFile("output", ".txt", Places.SCRATCH.toFile());
            Running running = new Running(builder.redirectOutput(output).start(), output.toPath());
            if (!held) {
                running.release();
            }
            return running;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it to its end. */
    public Running run() {
        Running running = start();
        running.release();
        running.awaitEnd();
        return running;
    }

    /** A program that was started. */
    public record Running(Process process, Path outputFile) {
        public long pid() {
            return process.pid();
        }

        /** Closes its standard input. */
        public void release() {
            try {
                process.getOutputStream().close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** Waits for its end and gives its status; kills it and fails when it takes too long. */
        public int awaitEnd() {
            try {
                if (process.waitFor(Timeouts.action().toMillis(), TimeUnit.MILLISECONDS)) {
                    return process.exitValue();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            process.destroyForcibly();
            throw new AssertionError("pid " + pid() + " still runs after " + Timeouts.action() + ", printed:\n"
                    + output());
        }

        /** What it printed so far. */
        public String output() {
            try {
                return new String(Files.readAllBytes(outputFile), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
