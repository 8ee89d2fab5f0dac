// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Reads back what was exported. */
final class Exported {
    private static final Pattern LINE = Pattern.compile("\\{\"test\":\\{\"n\":(\\d+)(,\"text\":\".*\")?}}");

    private Exported() {}

    /** Returns the numbers of the events in a file, and fails on a line that is not a whole event. */
    static List<Long> numbers(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(in) : in) {
            return numbers(new String(plain.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    static List<Long> numbers(String text) throws IOException {
        if (!text.isEmpty() && !text.endsWith("\n")) {
            throw new AssertionError("half a line at the end: " + text.substring(text.lastIndexOf('\n') + 1));
        }
        List<Long> numbers = new ArrayList<>();
        for (String line : (Iterable<String>) text.lines()::iterator) {
            numbers.add(number(line));
        }
        return numbers;
    }

    static long number(String line) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
            throw new AssertionError("not a whole event: " + line);
        }
        return Long.parseLong(matcher.group(1));
    }

    /** Returns the numbers in all files of a directory in the order in which the files were written. */
    static List<Long> everything(Path directory, String current) throws IOException {
        List<Long> all = new ArrayList<>();
        for (Path backup : backups(directory, current)) {
            all.addAll(numbers(backup));
        }
        all.addAll(numbers(directory.resolve(current)));
        return all;
    }

    /** Returns every other file of the directory, oldest first: the time is in the name. */
    static List<Path> backups(Path directory, String current) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> !entry.endsWith(current)).sorted().toList();
        }
    }

    static BufferedReader reader(Path file) throws IOException {
        return new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8));
    }
}
