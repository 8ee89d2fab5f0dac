// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import io.tetragon.api.TetragonException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Names that generated lists of policies stand for, read from the running kernel each time somebody asks. */
public final class KernelNames {
    private static final Path SYMBOLS = Path.of("/proc/kallsyms");
    private static final Path TRACED = Path.of("/sys/kernel/tracing/available_filter_functions");
    private static final String SYSCALL_PREFIX = "__x64_sys_";

    private KernelNames() {}

    /** Returns the system calls of this machine, such as {@code sys_read}, sorted. */
    public static List<String> syscalls() throws TetragonException {
        return syscalls(SYMBOLS);
    }

    /** Returns the functions that can be traced; where the kernel keeps no list of them, all its functions. */
    public static List<String> tracedFunctions() throws TetragonException {
        return tracedFunctions(TRACED, SYMBOLS);
    }

    static List<String> syscalls(Path symbols) throws TetragonException {
        return functions(symbols).stream()
                .filter(name -> name.startsWith(SYSCALL_PREFIX) && !name.equals(SYSCALL_PREFIX + "ni_syscall"))
                .map(name -> "sys_" + name.substring(SYSCALL_PREFIX.length()))
                .sorted()
                .toList();
    }

    static List<String> tracedFunctions(Path traced, Path symbols) throws TetragonException {
        List<String> lines;
        try {
            lines = lines(traced);
        } catch (TetragonException e) {
            // Not mounted, built without, or locked down: then root may not read it either.
            return List.copyOf(functions(symbols));
        }
        Set<String> names = new LinkedHashSet<>();
        for (String line : lines) {
            int end = line.indexOf(' ');
            names.add(end < 0 ? line : line.substring(0, end));
        }
        return List.copyOf(names);
    }

    /** Returns the functions of a symbol table: lines of address, type and name, modules' with a fourth field. */
    private static Set<String> functions(Path symbols) throws TetragonException {
        Set<String> names = new LinkedHashSet<>();
        for (String line : lines(symbols)) {
            String[] fields = line.split("\\s+");
            if (fields.length >= 3 && fields[1].equalsIgnoreCase("t")) {
                names.add(fields[2]);
            }
        }
        return names;
    }

    private static List<String> lines(Path file) throws TetragonException {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, "read names from " + file,
                    e.toString(), "name the functions one by one", e);
        }
        return lines;
    }
}
