// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.elf.StapOperand;
import io.tetragon.elf.X86Register;
import io.tetragon.sensor.uprobe.internal.abi.OperandLayout;
import io.tetragon.sensor.uprobe.internal.abi.UsdtForm;
import io.tetragon.sensor.uprobe.internal.abi.UsdtRegister;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An operand as the program is told it; the meaning of the parts is {@code struct usdt_operand}'s. Equal operands are read
 * alike.
 */
record UsdtOperand(int form, int width, boolean signed, int shift, int base, int index, long value) {
    /** What a program that serves several places is told of an argument that they do not have in common. */
    static final UsdtOperand BY_PLACE = new UsdtOperand(UsdtForm.USDT_BY_PLACE, 0, false, 0,
            UsdtRegister.USDT_NO_REGISTER, UsdtRegister.USDT_NO_REGISTER, 0);

    /**
     * Returns how an operand is read.
     *
     * @param symbol what is added to the displacement for the operand's symbol: its address; where the base is RIP, its
     *     distance from the place of the probe, which is what RIP then is
     */
    static UsdtOperand of(StapOperand.Readable operand, long symbol) {
        int width = operand.width().bytes();
        boolean signed = operand.width().signed();
        if (operand instanceof StapOperand.Constant constant) {
            int unused = Long.SIZE - width * Byte.SIZE;
            long upper = constant.value() << unused;
            return new UsdtOperand(UsdtForm.USDT_CONSTANT, width, signed, 0, UsdtRegister.USDT_NO_REGISTER,
                    UsdtRegister.USDT_NO_REGISTER, signed ? upper >> unused : upper >>> unused);
        }
        if (operand instanceof StapOperand.InRegister register) {
            return new UsdtOperand(UsdtForm.USDT_REGISTER, width, signed, register.part().shift(),
                    register.part().register().position(), UsdtRegister.USDT_NO_REGISTER, 0);
        }
        StapOperand.InMemory memory = (StapOperand.InMemory) operand;
        return new UsdtOperand(UsdtForm.USDT_MEMORY, width, signed, Integer.numberOfTrailingZeros(memory.scale()),
                number(memory.base()), number(memory.index()), memory.displacement() + symbol);
    }

    private static int number(@Nullable X86Register register) {
        return register == null ? UsdtRegister.USDT_NO_REGISTER : register.position();
    }

    /** Whether Set can write to it. */
    boolean settable() {
        return form == UsdtForm.USDT_MEMORY && width == Integer.BYTES;
    }

    void put(ByteBuffer out, int at) {
        out.put(at + OperandLayout.FORM, (byte) form)
                .put(at + OperandLayout.WIDTH, (byte) width)
                .put(at + OperandLayout.IS_SIGNED, (byte) (signed ? 1 : 0))
                .put(at + OperandLayout.SHIFT, (byte) shift)
                .put(at + OperandLayout.BASE, (byte) base)
                .put(at + OperandLayout.INDEX, (byte) index)
                .putLong(at + OperandLayout.VALUE, value);
    }
}
