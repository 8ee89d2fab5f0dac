// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The general registers of x86-64, in the order in which the kernel's {@code struct pt_regs} keeps them. */
public enum X86Register {
    R15(0), R14(1), R13(2), R12(3), RBP(4), RBX(5), R11(6), R10(7), R9(8), R8(9), RAX(10), RCX(11), RDX(12), RSI(13),
    RDI(14), RIP(16), RSP(19);

    private static final Map<String, Part> PARTS = parts();

    private final int position;

    X86Register(int position) {
        this.position = position;
    }

    /**
     * A register, or a part of one.
     *
     * @param width bytes of it
     * @param shift bits of the register below it
     */
    public record Part(X86Register register, int width, int shift) {}

    /** Returns the number of 64-bit members in front of it in {@code struct pt_regs}. */
    public int position() {
        return position;
    }

    /** Returns what an assembler calls by a name, such as {@code eax}; null for other names. */
    public static @Nullable Part named(String name) {
        return PARTS.get(name);
    }

    private static Map<String, Part> parts() {
        Map<String, Part> parts = new HashMap<>();
        for (X86Register register : values()) {
            String name = register.name().toLowerCase(Locale.ROOT);
            String letters = name.substring(1);
            parts.put(name, new Part(register, 8, 0));
            if (register == RIP) {
                continue;
            }
            if (Character.isDigit(letters.charAt(0))) {
                parts.put(name + "d", new Part(register, 4, 0));
                parts.put(name + "w", new Part(register, 2, 0));
                parts.put(name + "b", new Part(register, 1, 0));
                parts.put(name + "l", new Part(register, 1, 0));
                continue;
            }
            parts.put("e" + letters, new Part(register, 4, 0));
            parts.put(letters, new Part(register, 2, 0));
            if (letters.endsWith("x")) {
                parts.put(letters.charAt(0) + "l", new Part(register, 1, 0));
                parts.put(letters.charAt(0) + "h", new Part(register, 1, 8));
            } else {
                parts.put(letters + "l", new Part(register, 1, 0));
            }
        }
        return Map.copyOf(parts);
    }
}
