// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The registers of x86-64 as struct pt_regs keeps them, which is part of the kernel's interface to user space. */
final class Registers {
    /** A register, or a part of one. */
    record Register(int offset, int width) {}

    private static final List<String> ORDER = List.of("r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8",
            "rax", "rcx", "rdx", "rsi", "rdi", "orig_rax", "rip", "cs", "eflags", "rsp", "ss");
    private static final Map<String, Register> REGISTERS = registers();

    private Registers() {}

    /** Returns a register by its name in assembly, or as the kernel names it. */
    static @Nullable Register of(String name) {
        return REGISTERS.get(name);
    }

    private static Map<String, Register> registers() {
        Map<String, Register> all = new HashMap<>();
        for (int i = 0; i < ORDER.size(); i++) {
            String name = ORDER.get(i);
            int offset = i * Long.BYTES;
            all.put(name, new Register(offset, Long.BYTES));
            if (name.matches("r[0-9]+")) {
                all.put(name + "d", new Register(offset, Integer.BYTES));
                all.put(name + "w", new Register(offset, Short.BYTES));
                all.put(name + "b", new Register(offset, Byte.BYTES));
            } else if (name.startsWith("r")) {
                String letters = name.substring(1);
                all.put("e" + letters, new Register(offset, Integer.BYTES));
                all.put(letters, new Register(offset, Short.BYTES));
                all.put(letters.endsWith("x") ? letters.charAt(0) + "l" : letters + "l",
                        new Register(offset, Byte.BYTES));
                if (letters.endsWith("x")) {
                    all.put(letters.charAt(0) + "h", new Register(offset + 1, Byte.BYTES));
                }
            }
        }
        all.put("orig_ax", all.get("orig_rax"));
        all.put("rflags", all.get("eflags"));
        all.put("flags", all.get("eflags"));
        all.remove("ipl");
        return Map.copyOf(all);
    }
}
