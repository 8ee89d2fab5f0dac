// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.tracepoint.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.TracepointFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Where the kernel describes its tracepoints. */
final class Tracefs {
    private static final List<Path> EVENTS =
            List.of(Path.of("/sys/kernel/tracing/events"), Path.of("/sys/kernel/debug/tracing/events"));

    private Tracefs() {}

    /**
     * Reads the format of a tracepoint.
     *
     * @param hook for errors
     * @throws TetragonException when there is no such tracepoint, or it cannot be read
     */
    static TracepointFormat format(String hook, String subsystem, String event) throws TetragonException {
        Path events = EVENTS.stream().filter(Files::isDirectory).findFirst().orElse(null);
        if (events == null) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, hook, "tracefs is not mounted",
                    "mount -t tracefs nodev /sys/kernel/tracing");
        }
        Path folder = events.resolve(subsystem).normalize();
        Path format = folder.resolve(event).resolve("format").normalize();
        if (!folder.getParent().equals(events) || !format.startsWith(folder) || format.getNameCount()
                != events.getNameCount() + 3) {
            throw missing(hook);
        }
        try {
            return TracepointFormat.parse(Files.readString(format));
        } catch (NoSuchFileException e) {
            throw missing(hook);
        } catch (IOException e) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, hook,
                    "its format cannot be read: " + e.getMessage(), "");
        }
    }

    private static TetragonException missing(String hook) {
        return new TetragonException(TetragonException.Kind.NOT_FOUND, hook, "this kernel has no such tracepoint",
                "see /sys/kernel/tracing/available_events");
    }
}
