// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the executable mappings of files from {@code /proc/PID/maps}. Names of files are anybody's. */
final class MapsFile {
    private static final String DELETED = " (deleted)";
    private static final String MEMFD = "/memfd:";

    /**
     * One line.
     *
     * @param range addresses as the names in {@code map_files} have them
     * @param path in ISO 8859-1, which keeps the bytes; without the mark of deleted files
     * @param deleted whether the file is in no directory
     */
    record Line(String range, long inode, String path, boolean deleted) {
        byte[] pathBytes() {
            return path.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private MapsFile() {}

    /**
     * Returns the executable mappings of files; the kernel's own, such as shared anonymous memory, are left out.
     *
     * @param process folder in procfs
     */
    static List<Line> executable(Path process) throws IOException {
        return executable(Files.readAllBytes(process.resolve("maps")));
    }

    static List<Line> executable(byte[] maps) throws CharacterCodingException {
        String text = StandardCharsets.ISO_8859_1.newDecoder().decode(ByteBuffer.wrap(maps)).toString();
        List<Line> lines = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int end = text.indexOf('\n', at);
            end = end < 0 ? text.length() : end;
            add(lines, text.substring(at, end));
            at = end + 1;
        }
        return lines;
    }

    /** Address range, permissions, offset, device, inode, spaces, path. */
    private static void add(List<Line> lines, String line) {
        String[] fields = line.split(" ", 6);
        if (fields.length < 6 || fields[1].length() != 4 || fields[1].charAt(2) != 'x') {
            return;
        }
        String path = fields[5].stripLeading().replace("\\012", "\n");
        if (!path.startsWith("/") || path.startsWith("//")) {
            return;
        }
        boolean deleted = path.endsWith(DELETED);
        if (deleted) {
            path = path.substring(0, path.length() - DELETED.length());
        }
        boolean unnamed = deleted && path.indexOf('/', 1) < 0;
        if (unnamed && !path.startsWith(MEMFD) && (path.startsWith("/SYSV") || path.equals("/anon_hugepage"))
                || deleted && path.equals("/dev/zero")) {
            return;
        }
        try {
            long inode = Long.parseLong(fields[4]);
            if (inode != 0) {
                lines.add(new Line(range(fields[0]), inode, path, deleted));
            }
        } catch (NumberFormatException e) {
            // No line of this kernel's: there is no mapping that it could be about.
            return;
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
}
