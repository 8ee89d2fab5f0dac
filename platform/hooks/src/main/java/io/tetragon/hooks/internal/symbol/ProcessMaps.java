// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.symbol;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The executable mappings of a process. */
final class ProcessMaps {
    /** The kernel allows a process 65 530 mappings by default. */
    private static final int MAX_BYTES = 8 << 20;

    /**
     * A mapping.
     *
     * @param offset of its start in the file
     * @param path as the process sees it, empty where nothing is mapped
     */
    record Mapping(long start, long end, long offset, String path) {
        /** Returns the name of its link in {@code map_files}. */
        String range() {
            return Long.toHexString(start) + '-' + Long.toHexString(end);
        }

        boolean isFile() {
            return path.startsWith("/");
        }
    }

    private final List<Mapping> mappings = new ArrayList<>();

    private ProcessMaps() {}

    /** Reads the mappings. @param process the process's folder in procfs */
    static ProcessMaps read(Path process) throws IOException {
        try (InputStream in = Files.newInputStream(process.resolve("maps"))) {
            return parse(new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
        }
    }

    static ProcessMaps parse(String text) {
        ProcessMaps maps = new ProcessMaps();
        for (int from = 0; from < text.length(); ) {
            int end = text.indexOf('\n', from);
            end = end < 0 ? text.length() : end;
            maps.line(text.substring(from, end));
            from = end + 1;
        }
        return maps;
    }

    /** Returns the mapping that an address lies in, null if there is none. */
    @Nullable Mapping find(long address) {
        for (Mapping mapping : mappings) {
            if (Long.compareUnsigned(mapping.start(), address) <= 0
                    && Long.compareUnsigned(address, mapping.end()) < 0) {
                return mapping;
            }
        }
        return null;
    }

    /** {@code start-end perms offset device inode path}; the path may contain blanks. */
    private void line(String line) {
        String[] fields = line.split(" +", 6);
        if (fields.length < 5 || fields[1].length() < 3 || fields[1].charAt(2) != 'x') {
            return;
        }
        int dash = fields[0].indexOf('-');
        if (dash < 0) {
            return;
        }
        try {
            mappings.add(new Mapping(Long.parseUnsignedLong(fields[0], 0, dash, 16),
                    Long.parseUnsignedLong(fields[0], dash + 1, fields[0].length(), 16),
                    Long.parseUnsignedLong(fields[2], 16), fields.length > 5 ? fields[5] : ""));
        } catch (NumberFormatException e) {
            // A newline in a file's name is escaped by the kernel, so this is no mapping of its making: left out.
            return;
        }
    }
}
