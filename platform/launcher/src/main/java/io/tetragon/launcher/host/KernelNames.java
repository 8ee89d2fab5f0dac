// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.Syscalls;
import io.tetragon.policy.model.SyscallName;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Names that generated lists of policies stand for, read from the running kernel each time somebody asks. */
public final class KernelNames {
    private static final Path SYMBOLS = Path.of("/proc/kallsyms");
    private static final Path TRACED = Path.of("/sys/kernel/tracing/available_filter_functions");
    private static final String SYSCALL_PREFIX = "__x64_sys_";

    private KernelNames() {}

    /** Returns the functions of this kernel's system calls for 64-bit callers, such as {@code __x64_sys_read}, sorted. */
    public static List<String> syscalls() throws TetragonException {
        return syscalls(SYMBOLS);
    }

    /** Returns the functions that can be traced; where the kernel keeps no list of them, all its functions. */
    public static List<String> tracedFunctions() throws TetragonException {
        return tracedFunctions(TRACED, SYMBOLS);
    }

    static List<String> syscalls(Path symbols) throws TetragonException {
        // The kernel has functions also for calls that only 32-bit callers can make.
        return functions(symbols, SYSCALL_PREFIX).stream()
                .filter(name -> Syscalls.index(SyscallName.parse(name)).isPresent())
                .sorted()
                .toList();
    }

    static List<String> tracedFunctions(Path traced, Path symbols) throws TetragonException {
        Set<String> names = new LinkedHashSet<>();
        try {
            forEachLine(traced, line -> {
                int end = line.indexOf(' ');
                names.add(end < 0 ? line : line.substring(0, end));
            });
            return List.copyOf(names);
        } catch (TetragonException e) {
            // Not mounted, built without, or locked down: then root may not read it either.
            return List.copyOf(functions(symbols, ""));
        }
    }

    /** Returns functions of a symbol table: lines of address, type and name, and behind a tab, the module if there is one. */
    private static Set<String> functions(Path symbols, String prefix) throws TetragonException {
        Set<String> names = new LinkedHashSet<>();
        forEachLine(symbols, line -> {
            int type = line.indexOf(' ') + 1;
            int name = type + 2;
            boolean function = type > 0 && name < line.length() && (line.charAt(type) | 0x20) == 't';
            if (function && line.startsWith(prefix, name)) {
                int end = line.indexOf('\t', name);
                names.add(end < 0 ? line.substring(name) : line.substring(name, end));
            }
        });
        return names;
    }

    private static void forEachLine(Path file, Consumer<String> consumer) throws TetragonException {
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                consumer.accept(line);
            }
        } catch (IOException e) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, "read names from " + file,
                    e.toString(), "name the functions one by one", e);
        }
    }
}
