// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.api.listener.FilterParser;
import io.tetragon.api.listener.SubscriptionRequest;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * What the flags say about the export.
 *
 * @param file where to, absolute
 * @param permissions mode of the file
 * @param compress whether rotated files become {@code .gz}
 * @param rotation when the file rotates
 * @param request which events, how many waiting, how many a minute
 */
record ExportConfig(
        Path file,
        Set<PosixFilePermission> permissions,
        boolean compress,
        RotationPolicy rotation,
        SubscriptionRequest request) {
    private static final String NAME = "json";

    /** Tells whether the flags ask for an export at all: there is a file, and the rate is not zero. */
    static boolean isWanted(Settings settings) {
        return !settings.string("export-filename").isEmpty() && settings.number("export-rate-limit") != 0;
    }

    /** Reads and checks the flags. */
    static ExportConfig of(Settings settings, FilterParser filters) throws TetragonException {
        SubscriptionRequest request = new SubscriptionRequest(
                NAME,
                (int) within(settings, "event-queue-size", 1, Integer.MAX_VALUE),
                filters.parse("export-allowlist", settings.string("export-allowlist")),
                filters.parse("export-denylist", settings.string("export-denylist")),
                filters.parseFieldFilters("field-filters", settings.string("field-filters")),
                (int) within(settings, "export-rate-limit", Integer.MIN_VALUE, Integer.MAX_VALUE));
        RotationPolicy rotation = RotationPolicy.of(
                settings.number("export-file-max-size-mb"),
                settings.duration("export-file-rotation-interval"),
                settings.number("export-file-max-backups"));
        return new ExportConfig(
                path(settings.string("export-filename")),
                FilePermissions.parse(settings.string("export-file-perm")),
                settings.bool("export-file-compress"),
                rotation,
                request);
    }

    private static Path path(String name) throws TetragonException {
        try {
            return Path.of(name).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw invalid("export-filename", "the name cannot be a path", "use a path without NUL characters");
        }
    }

    private static long within(Settings settings, String flag, long least, long most) throws TetragonException {
        long value = settings.number(flag);
        if (value < least || value > most) {
            throw invalid(flag, value + " is out of range", "use " + least + " to " + most);
        }
        return value;
    }

    private static TetragonException invalid(String flag, String why, String remedy) {
        return new TetragonException(Kind.INVALID_ARGUMENT, "set --" + flag, why, remedy);
    }
}
