// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.KernelFunctions;
import io.tetragon.hooks.compile.Syscalls;
import io.tetragon.policy.model.SyscallName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Names that generated lists of policies stand for, read from the running kernel each time somebody asks. */
public final class KernelNames {
    private static final Path TRACED = Path.of("/sys/kernel/tracing/available_filter_functions");
    private static final String SYSCALL_PREFIX = "__x64_sys_";

    private KernelNames() {}

    /** Returns the functions of this kernel's system calls for 64-bit callers, such as {@code __x64_sys_read}, sorted. */
    public static List<String> syscalls() throws TetragonException {
        return syscalls(KernelFunctions.TABLE);
    }

    /** Returns the functions that can be traced; where the kernel keeps no list of them, all its functions. */
    public static List<String> tracedFunctions() throws TetragonException {
        return tracedFunctions(TRACED, KernelFunctions.TABLE);
    }

    static List<String> syscalls(Path symbols) throws TetragonException {
        // The kernel has functions also for calls that only 32-bit callers can make.
        return functions(symbols, name -> name.startsWith(SYSCALL_PREFIX)).stream()
                .filter(name -> Syscalls.index(SyscallName.parse(name)).isPresent())
                .sorted()
                .toList();
    }

    static List<String> tracedFunctions(Path traced, Path symbols) throws TetragonException {
        try (Stream<String> lines = Files.lines(traced, StandardCharsets.ISO_8859_1)) {
            return lines.map(line -> line.substring(0, (line + ' ').indexOf(' '))).distinct().toList();
        } catch (IOException | UncheckedIOException e) {
            // Not mounted, built without, or locked down: then root may not read it either.
            return List.copyOf(functions(symbols, name -> true));
        }
    }

    private static Set<String> functions(Path symbols, Predicate<String> wanted) throws TetragonException {
        try {
            return KernelFunctions.read(symbols, wanted);
        } catch (IOException e) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, "read names from " + symbols, e.toString(),
                    "name the functions one by one", e);
        }
    }
}
