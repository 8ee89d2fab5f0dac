// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the executable mappings of files from {@code /proc/PID/maps}. Names of files are anybody's. */
final class MapsFile {
    private static final String DELETED = " (deleted)";
    private static final String MEMFD = "/memfd:";
    /** Longer lines are nobody's: paths of the kernel have 4 KiB, and escaped they may be four times as long. */
    private static final int LINE_MAX = 32 << 10;

    /**
     * One line.
     *
     * @param range addresses as the names in {@code map_files} have them
     * @param device as the kernel numbers it, like the inode; {@code stat} shows other numbers on stacked file systems
     * @param path in ISO 8859-1, which keeps the bytes; without the mark of deleted files
     * @param deleted whether the file is in no directory
     */
    record Line(String range, int device, long inode, String path, boolean deleted) {
        byte[] pathBytes() {
            return path.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    /** Takes lines as they are read. */
    interface Visitor {
        /** Returns whether it wants more. */
        boolean visit(Line line) throws IOException;
    }

    private MapsFile() {}

    /**
     * Shows the executable mappings of files; the kernel's own, such as shared anonymous memory, are left out. Holds one line
     * at a time: a process may have tens of thousands of mappings, each with a path of its choice.
     *
     * @param process folder in procfs
     */
    static void executable(Path process, Visitor visitor) throws IOException {
        try (InputStream maps = Files.newInputStream(process.resolve("maps"))) {
            executable(maps, visitor);
        }
    }

    static void executable(InputStream maps, Visitor visitor) throws IOException {
        byte[] bytes = new byte[LINE_MAX];
        int end = 0;
        boolean whole = true;
        for (int count = 0; count >= 0; count = maps.read(bytes, end, bytes.length - end)) {
            end += count;
            int line = 0;
            for (int at = end - count; at < end; at++) {
                if (bytes[at] == '\n') {
                    if (whole && !show(bytes, line, at, visitor)) {
                        return;
                    }
                    whole = true;
                    line = at + 1;
                }
            }
            if (line == 0 && end == bytes.length) {
                whole = false;
                end = 0;
            } else {
                System.arraycopy(bytes, line, bytes, 0, end - line);
                end -= line;
            }
        }
        if (whole) {
            show(bytes, 0, end, visitor);
        }
    }

    private static boolean show(byte[] bytes, int from, int to, Visitor visitor) throws IOException {
        Line line = line(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
        return line == null || visitor.visit(line);
    }

    /** Address range, permissions, offset, device, inode, spaces, path. */
    private static @Nullable Line line(String line) {
        String[] fields = line.split(" ", 6);
        if (fields.length < 6 || fields[1].length() != 4 || fields[1].charAt(2) != 'x') {
            return null;
        }
        String path = fields[5].stripLeading().replace("\\012", "\n");
        if (!path.startsWith("/") || path.startsWith("//")) {
            return null;
        }
        boolean deleted = path.endsWith(DELETED);
        if (deleted) {
            path = path.substring(0, path.length() - DELETED.length());
        }
        boolean unnamed = deleted && path.indexOf('/', 1) < 0;
        if (unnamed && !path.startsWith(MEMFD) && (path.startsWith("/SYSV") || path.equals("/anon_hugepage"))
                || deleted && path.equals("/dev/zero")) {
            return null;
        }
        try {
            long inode = Long.parseLong(fields[4]);
            return inode == 0 ? null : new Line(range(fields[0]), device(fields[3]), inode, path, deleted);
        } catch (NumberFormatException e) {
            // No line of this kernel's: there is no mapping that it could be about.
            return null;
        }
    }

    /** The names in {@code map_files} have no leading zeroes. */
    private static String range(String addresses) {
        int dash = addresses.indexOf('-');
        if (dash < 0) {
            throw new NumberFormatException(addresses);
        }
        return Long.toHexString(Long.parseUnsignedLong(addresses.substring(0, dash), 16)) + '-'
                + Long.toHexString(Long.parseUnsignedLong(addresses.substring(dash + 1), 16));
    }

    /** Major and minor number, in hexadecimal. */
    private static int device(String numbers) {
        int colon = numbers.indexOf(':');
        if (colon < 0) {
            throw new NumberFormatException(numbers);
        }
        return FileVersion.device(Integer.parseInt(numbers.substring(0, colon), 16),
                Integer.parseInt(numbers.substring(colon + 1), 16));
    }
}
