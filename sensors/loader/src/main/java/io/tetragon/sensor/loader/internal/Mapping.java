// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A file that became executable in a process's memory.
 *
 * @param timeNanos since the epoch
 * @param pid thread group, with {@code ktime} the identity of the process
 * @param startTicks start of the process since boot, as {@code /proc/PID/stat} counts; outlives an exec
 * @param path as the process sees it, in the bytes of the file system; of a memfd its name behind a slash
 * @param place where that path leads
 */
record Mapping(
        long timeNanos, int pid, long ktime, long startTicks, int tid, byte[] path, Place place, FileVersion file) {
    /** What procfs counts start times in, on every architecture. */
    static final long NANOS_PER_TICK = 10_000_000;

    private static final byte[] DELETED = " (deleted)".getBytes(StandardCharsets.US_ASCII);

    /** Where a path leads. */
    enum Place {
        /** To the file. */
        FILE,
        /** Nowhere, or to another file: this one was deleted, or never was in a directory. */
        NOWHERE
    }

    /** Returns the path as events show it, with the kernel's mark on files that are in no directory. */
    byte[] shownPath() {
        if (place == Place.FILE) {
            return path;
        }
        byte[] shown = Arrays.copyOf(path, path.length + DELETED.length);
        System.arraycopy(DELETED, 0, shown, path.length, DELETED.length);
        return shown;
    }
}
