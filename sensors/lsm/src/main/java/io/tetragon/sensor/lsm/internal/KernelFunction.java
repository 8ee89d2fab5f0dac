// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.lsm.internal;

import io.tetragon.api.log.Log;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a function of the kernel lies in memory.
 *
 * @param from address of its first byte
 * @param to where the next symbol begins
 */
record KernelFunction(long from, long to) {
    private static final Log LOG = Log.of(KernelFunction.class);
    private static final Path TABLE = Path.of("/proc/kallsyms");

    /** Returns null if there is no such function, or the kernel hides its addresses. */
    static @Nullable KernelFunction find(String name) {
        try (Reader table = Files.newBufferedReader(TABLE, StandardCharsets.ISO_8859_1)) {
            return find(name, table);
        } catch (IOException | NumberFormatException e) {
            LOG.debug("symbol table not read", "file", TABLE, "reason", e.getMessage());
            return null;
        }
    }

    /** The table is in the order of the addresses. */
    static @Nullable KernelFunction find(String name, Reader table) throws IOException {
        BufferedReader lines = new BufferedReader(table);
        long from = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split("[ \t]", 4);
            if (words.length < 3) {
                continue;
            }
            if (from != 0) {
                long next = Long.parseUnsignedLong(words[0], 16);
                if (Long.compareUnsigned(next, from) > 0) {
                    return new KernelFunction(from, next);
                }
            } else if (words[2].equals(name) && words.length == 3) {
                from = Long.parseUnsignedLong(words[0], 16);
            }
        }
        return null;
    }
}
