// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The system calls of x86-64, from a resource; read once, when first asked. Immutable. */
public final class SyscallTable {
    private static final int ABI = 0;
    private static final int NUMBER = 1;
    private static final int NAME = 2;
    private static final int FUNCTION = 3;

    private static final class Holder {
        static final SyscallTable TABLE = new SyscallTable();
    }

    /** Of one calling convention. */
    private static final class Convention {
        final Map<String, Integer> byName = new HashMap<>();
        final Map<String, Integer> byFunction = new HashMap<>();
        final Map<Integer, String> names = new HashMap<>();
    }

    private final Convention native64 = new Convention();
    private final Convention compat = new Convention();

    private SyscallTable() {
        try (InputStream in = Objects.requireNonNull(SyscallTable.class.getResourceAsStream("syscalls.txt"));
                BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    add(line.split(" "));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the table. */
    public static SyscallTable get() {
        return Holder.TABLE;
    }

    private void add(String[] words) {
        Convention convention = words[ABI].equals("x64") ? native64 : compat;
        int number = Integer.parseInt(words[NUMBER]);
        convention.byName.put(words[NAME], number);
        convention.byFunction.put(words[words.length > FUNCTION ? FUNCTION : NAME], number);
        convention.names.put(number, words[NAME]);
    }

    /**
     * Returns the number of a system call.
     *
     * @param compat32 of 32-bit callers
     * @param function whether the name is rather that of the kernel's function, where both are names of different calls
     */
    public OptionalInt number(boolean compat32, String name, boolean function) {
        Convention convention = compat32 ? compat : native64;
        Integer byName = convention.byName.get(name);
        Integer byFunction = convention.byFunction.get(name);
        Integer number = function && byFunction != null || byName == null ? byFunction : byName;
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /** Returns the name of a system call. */
    public Optional<String> name(boolean compat32, int number) {
        return Optional.ofNullable((compat32 ? compat : native64).names.get(number));
    }

    /** Returns all names, those of the kernel's functions included. */
    Set<String> names(boolean compat32) {
        Convention convention = compat32 ? compat : native64;
        Set<String> all = new LinkedHashSet<>(convention.byName.keySet());
        all.addAll(convention.byFunction.keySet());
        return all;
    }
}
