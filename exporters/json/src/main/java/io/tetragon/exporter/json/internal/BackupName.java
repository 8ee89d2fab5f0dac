// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.OptionalLong;

/**
 * How rotated files are called: {@code tetragon.log} becomes {@code tetragon-2024-01-02T03-04-05.678.log}, the time in UTC.
 * The extension begins at the last dot, even where that is the first character.
 */
final class BackupName {
    static final String COMPRESSED = ".gz";
    static final String UNFINISHED = ".tmp";

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS")
            .withResolverStyle(ResolverStyle.STRICT)
            .withZone(ZoneOffset.UTC);

    private final String prefix;
    private final String extension;

    BackupName(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        prefix = (dot < 0 ? name : name.substring(0, dot)) + "-";
        extension = dot < 0 ? "" : name.substring(dot);
    }

    /** Returns the name of a file rotated at a time in milliseconds since the epoch. */
    String at(long epochMillis) {
        return prefix + TIME.format(Instant.ofEpochMilli(epochMillis)) + extension;
    }

    /** Returns the time in the name of a rotated file, compressed or not; empty for the name of anything else. */
    OptionalLong timeOf(String name) {
        String plain = isCompressed(name) ? name.substring(0, name.length() - COMPRESSED.length()) : name;
        OptionalLong time = timeOfPlain(plain);
        return time.isPresent() ? time : timeOfPlain(name);
    }

    /** Tells whether a name is that of a compression that was cut off. */
    boolean isUnfinished(String name) {
        String tail = extension + COMPRESSED + UNFINISHED;
        return name.endsWith(tail)
                && timeOfPlain(name.substring(0, name.length() - COMPRESSED.length() - UNFINISHED.length()))
                        .isPresent();
    }

    /** Tells whether the name of a rotated file is that of a compressed one; {@code x.gz} itself rotates to {@code x-time.gz}. */
    boolean isCompressed(String name) {
        return name.endsWith(extension + COMPRESSED) && timeOfPlain(name).isEmpty();
    }

    private OptionalLong timeOfPlain(String name) {
        if (!name.startsWith(prefix)
                || !name.endsWith(extension)
                || name.length() <= prefix.length() + extension.length()) {
            return OptionalLong.empty();
        }
        try {
            String time = name.substring(prefix.length(), name.length() - extension.length());
            return OptionalLong.of(
                    LocalDateTime.parse(time, TIME).toInstant(ZoneOffset.UTC).toEpochMilli());
        } catch (DateTimeParseException e) {
            return OptionalLong.empty();
        }
    }
}
