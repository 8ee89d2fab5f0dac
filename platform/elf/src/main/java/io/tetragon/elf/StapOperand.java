// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where an argument of a static trace point is found when the point is passed. */
public sealed interface StapOperand {

    /** Returns it as the note has it. */
    String text();

    /**
     * Reads the arguments of a trace point.
     *
     * @param arguments as the note has them: {@code SIZE@OPERAND ...} in the assembler's words, SIZE negative for signed
     * @return one operand for each, also for those that cannot be read
     */
    static List<StapOperand> parse(String arguments) {
        return StapOperandParser.parse(arguments);
    }

    /**
     * How the bits that are found become a number.
     *
     * @param bytes 1, 2, 4 or 8
     */
    record Width(int bytes, boolean signed) {}

    /** An operand that is a number of this width. */
    sealed interface Readable extends StapOperand {
        /** Returns the width of the argument. */
        Width width();
    }

    /** A number that does not change; only as many of its lower bytes count as the width says. */
    record Constant(String text, Width width, long value) implements Readable {}

    /** The lower bytes of a register, or of a part of it. */
    record InRegister(String text, Width width, X86Register.Part part) implements Readable {}

    /**
     * The bytes in the process's memory at symbol + displacement + base + index * scale.
     *
     * @param symbol whose address in the file is meant; empty for none
     * @param base RIP where the address is that of the symbol wherever the file is loaded; null for none
     * @param index null for none
     * @param scale 1, 2, 4 or 8
     */
    record InMemory(
            String text,
            Width width,
            String symbol,
            long displacement,
            @Nullable X86Register base,
            @Nullable X86Register index,
            int scale) implements Readable {}

    /**
     * Something else.
     *
     * @param why it cannot be read, as a clause
     */
    record Unreadable(String text, String why) implements StapOperand {}
}
