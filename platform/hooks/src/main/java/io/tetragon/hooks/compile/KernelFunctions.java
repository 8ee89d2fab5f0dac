// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The names of the kernel's functions by its symbol table, which has also those that its type information leaves out because
 * it found prototypes of them that disagree: some system calls are among them.
 */
public final class KernelFunctions {
    /** The table of the running kernel. */
    public static final Path TABLE = Path.of("/proc/kallsyms");

    private KernelFunctions() {}

    /**
     * Reads a table, all of it, and returns the functions asked for in its order. Its lines are address, type and name, and
     * behind a tab, the module if there is one.
     *
     * @throws IOException if it cannot be read
     */
    public static Set<String> read(Path table, Predicate<String> wanted) throws IOException {
        Set<String> names = new LinkedHashSet<>();
        try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.ISO_8859_1)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int type = line.indexOf(' ') + 1;
                if (type > 0 && type + 2 < line.length() && "tTwW".indexOf(line.charAt(type)) >= 0) {
                    int end = line.indexOf('\t', type);
                    String name = line.substring(type + 2, end < 0 ? line.length() : end);
                    if (wanted.test(name)) {
                        names.add(name);
                    }
                }
            }
        }
        return names;
    }
}
