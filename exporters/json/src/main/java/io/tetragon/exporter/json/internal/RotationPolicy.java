// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import java.time.Duration;

/**
 * When the file rotates and how much is kept of it. Immutable; a running exporter is given another one.
 *
 * @param maxBytes size that no write may pass, unless a single line is longer
 * @param interval time between two rotations, zero for none
 * @param maxBackups rotated files to keep, 0 for all
 */
record RotationPolicy(long maxBytes, Duration interval, int maxBackups) {
    private static final long MEBIBYTE = 1L << 20;
    private static final long DEFAULT_MEBIBYTES = 100;

    /**
     * Checks what a user asked for.
     *
     * @param maxMebibytes size in MiB, 0 for the default of 100
     */
    static RotationPolicy of(long maxMebibytes, Duration interval, long maxBackups) throws TetragonException {
        if (maxMebibytes < 0 || maxMebibytes > Long.MAX_VALUE / MEBIBYTE) {
            throw invalid("size " + maxMebibytes + " MiB is out of range", "use 0 for 100 MiB, or the size in MiB");
        }
        if (interval.isNegative()) {
            throw invalid("interval " + interval + " is negative", "use 0s for no rotation by time");
        }
        if (maxBackups < 0 || maxBackups > Integer.MAX_VALUE) {
            throw invalid(maxBackups + " backups are out of range", "use 0 to keep all, or the number to keep");
        }
        long mebibytes = maxMebibytes == 0 ? DEFAULT_MEBIBYTES : maxMebibytes;
        return new RotationPolicy(mebibytes * MEBIBYTE, interval, (int) maxBackups);
    }

    private static TetragonException invalid(String why, String remedy) {
        return new TetragonException(Kind.INVALID_ARGUMENT, "set rotation of the export file", why, remedy);
    }
}
