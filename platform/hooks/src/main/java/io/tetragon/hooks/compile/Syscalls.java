// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.hooks.internal.compile.SyscallTable;
import io.tetragon.policy.model.SyscallName;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The numbers of this architecture's system calls, of 64-bit and 32-bit callers. */
public final class Syscalls {
    /** Numbers of one calling convention are below this. */
    public static final int NUMBERS = 512;

    /** Set in the values of arguments of type syscall64 when the caller is a 32-bit one. */
    public static final long COMPAT = 0x8000_0000L;

    private Syscalls() {}

    /** Returns a system call as arguments of type syscall64 have it; none where this architecture lacks it. */
    public static OptionalLong number(SyscallName name) {
        OptionalInt index = index(name);
        return index.isEmpty() ? OptionalLong.empty()
                : OptionalLong.of(index.getAsInt() < NUMBERS ? index.getAsInt() : index.getAsInt() - NUMBERS | COMPAT);
    }

    /**
     * Returns a system call as dispatchers tell it apart: its number, that of 32-bit callers behind all those of 64-bit ones.
     * Without a calling convention in its name it is that of 64-bit callers.
     */
    public static OptionalInt index(SyscallName name) {
        boolean function = name.written().startsWith("__");
        return switch (name.abi()) {
            case NATIVE, X64 -> SyscallTable.get().number(false, name.name(), function);
            case I386 -> {
                OptionalInt number = SyscallTable.get().number(true, name.name(), function);
                yield number.isEmpty() ? number : OptionalInt.of(number.getAsInt() + NUMBERS);
            }
            case ARM64, ARM32 -> OptionalInt.empty();
        };
    }

    /** Returns the name of a system call by its {@link #index}, without {@code sys_}; none where there is no such call. */
    public static Optional<String> name(int index) {
        return index < 0 || index >= 2 * NUMBERS ? Optional.empty()
                : SyscallTable.get().name(index >= NUMBERS, index % NUMBERS);
    }
}
