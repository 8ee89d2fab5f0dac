// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What came of many attempts to make a directory, by the word of the program that tried, and by a look at the file system.
 *
 * @param status with which the program ended, as a shell says it
 * @param tried 0 if it did not live to tell
 * @param found directories that are there
 */
record Attempts(int status, long tried, long made, long denied, long killed, long found) {
    static final String PROGRAM = Places.trigger("try-mkdir");

    private static final Pattern WORDS = Pattern.compile("tried=(\\d+) made=(\\d+) denied=(\\d+) killed=(\\d+)");
    private static final Path FOLDER = Path.of(Places.scratch("attempts"));

    /** Attempts that are under way. */
    record Running(Launch.Running program) {
        /** Ends those that go on until they are told. */
        Attempts end() {
            program.release();
            int status = program.awaitEnd();
            Matcher words = WORDS.matcher(program.output());
            boolean told = words.find();
            return new Attempts(status, told ? number(words, 1) : 0, told ? number(words, 2) : 0,
                    told ? number(words, 3) : 0, told ? number(words, 4) : 0, removeAll());
        }
    }

    /** Has so many threads try so many times each, 0 for until they are told to end; {@code way} is one of the program's words, or nothing. */
    static Running start(int threads, int times, String... way) {
        removeAll();
        try {
            Files.createDirectories(FOLDER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String[] command = Stream.concat(
                        Stream.of(PROGRAM, FOLDER.resolve("d").toString(), Integer.toString(threads), Integer.toString(times)),
                        Stream.of(way))
                .toArray(String[]::new);
        return new Running(Launch.of(command).hold().start());
    }

    static Attempts make(int threads, int times, String... way) {
        return start(threads, times, way).end();
    }

    private static long removeAll() {
        if (!Files.isDirectory(FOLDER)) {
            return 0;
        }
        try (Stream<Path> made = Files.list(FOLDER)) {
            long count = 0;
            for (Path path : made.toList()) {
                Files.delete(path);
                count++;
            }
            return count;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long number(Matcher words, int group) {
        return Long.parseLong(words.group(group));
    }
}
