// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;

/**
 * A file with its present content: whoever changes the content changes the time of change with it, which nobody can set.
 *
 * @param device as the kernel numbers it; {@code stat} shows other numbers on stacked file systems and subvolumes
 * @param inode likewise
 * @param size bytes
 * @param changedSeconds time of the last change since the epoch
 * @param changedNanos fraction of it
 */
record FileVersion(int device, long inode, long size, long changedSeconds, int changedNanos) {
    private static final int TYPE = 0xF000;
    private static final int REGULAR = 0x8000;

    /** Returns the version of a regular file, found without opening it. */
    static FileVersion of(Path file) throws IOException {
        Map<String, Object> found = Files.readAttributes(file, "unix:dev,ino,size,mode,ctime");
        if (((Integer) found.get("mode") & TYPE) != REGULAR) {
            throw new IOException("not a regular file");
        }
        Instant changed = ((FileTime) found.get("ctime")).toInstant();
        return new FileVersion(kernelDevice((Long) found.get("dev")), (Long) found.get("ino"), (Long) found.get("size"),
                changed.getEpochSecond(), changed.getNano());
    }

    /** Returns the version as the kernel's hooks tell it of a file that is mapped there. */
    FileVersion asMapped(MapsFile.Line line) {
        return new FileVersion(line.device(), line.inode(), size, changedSeconds, changedNanos);
    }

    /** Tells whether this is the same content, as far as numbers tell that mean the same on every file system. */
    boolean isContentOf(FileVersion other) {
        return size == other.size && changedSeconds == other.changedSeconds && changedNanos == other.changedNanos;
    }

    /** From the C library's layout of the number to the kernel's. */
    private static int kernelDevice(long device) {
        int major = (int) (device >>> 8) & 0xFFF;
        int minor = (int) device & 0xFF | (int) (device >>> 12) & 0xFFF00;
        return device(major, minor);
    }

    /** Returns a number of a device as the kernel has it. */
    static int device(int major, int minor) {
        return major << 20 | minor;
    }
}
