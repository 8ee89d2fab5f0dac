// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.log.Log;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * The kernel's symbol table, for functions that its type information leaves out, because it found prototypes of them that
 * disagree: some system calls are among them.
 */
final class KernelSymbols {
    private static final Log LOG = Log.of(KernelSymbols.class);
    private static final Path TABLE = Path.of("/proc/kallsyms");

    private KernelSymbols() {}

    /** Returns those of the names that are functions; none if the table cannot be read. Reads all of it. */
    static Set<String> functions(Set<String> names) {
        Set<String> found = new HashSet<>();
        try (BufferedReader lines = Files.newBufferedReader(TABLE, StandardCharsets.ISO_8859_1)) {
            for (String line = lines.readLine(); line != null && found.size() < names.size(); line = lines.readLine()) {
                int type = line.indexOf(' ') + 1;
                if (type > 0 && type + 2 < line.length() && "tTwW".indexOf(line.charAt(type)) >= 0) {
                    int end = line.indexOf('\t', type);
                    String name = line.substring(type + 2, end < 0 ? line.length() : end);
                    if (names.contains(name)) {
                        found.add(name);
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("symbol table not read", "file", TABLE, "reason", e.getMessage());
        }
        return found;
    }
}
