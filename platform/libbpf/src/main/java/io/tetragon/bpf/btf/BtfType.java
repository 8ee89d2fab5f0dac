// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import java.util.List;

/** One type record. Ids refer to the {@link Btf} it was read from; id 0 is {@code void}. Sizes are in bytes. */
public sealed interface BtfType {

    /** @return the C name, empty when the type is anonymous */
    String name();

    /** Id 0. */
    record Void() implements BtfType {
        @Override
        public String name() {
            return "";
        }
    }

    /**
     * An integer, {@code char} or {@code _Bool}.
     *
     * @param bits width of the value, at most {@code 8 * size}
     */
    record Int(String name, int size, int bits, boolean signed, boolean bool) implements BtfType {
    }

    /** A floating point number. */
    record Float(String name, int size) implements BtfType {
    }

    /** A pointer; eight bytes wide in BPF objects and 64-bit kernels. */
    record Pointer(int target) implements BtfType {
        @Override
        public String name() {
            return "";
        }
    }

    /** An array; {@code count} 0 is a flexible array member. */
    record Array(int element, int count) implements BtfType {
        @Override
        public String name() {
            return "";
        }
    }

    /** A struct, or a union when {@code union} is set. */
    record Struct(String name, int size, boolean union, List<Member> members) implements BtfType {
    }

    /**
     * A member of a struct.
     *
     * @param bitOffset offset from the start of the struct, in bits
     * @param bits      width of a bit-field, 0 for an ordinary member
     */
    record Member(String name, int type, int bitOffset, int bits) {
    }

    /** An enumeration of any width. */
    record Enum(String name, int size, boolean signed, List<Constant> constants) implements BtfType {
    }

    /** A constant of an enumeration, sign- or zero-extended as the enumeration says. */
    record Constant(String name, long value) {
    }

    /** A declaration without a definition. */
    record Forward(String name, boolean union) implements BtfType {
    }

    /** A typedef. */
    record Typedef(String name, int target) implements BtfType {
    }

    /** {@code const}, {@code volatile}, {@code restrict} or a type tag: the target with a remark. */
    record Qualifier(String name, int target) implements BtfType {
    }

    /** A function. */
    record Function(String name, int prototype) implements BtfType {
    }

    /** A function's signature; a last parameter of type 0 without a name means variadic. */
    record Prototype(int returns, List<Parameter> parameters) implements BtfType {
        @Override
        public String name() {
            return "";
        }
    }

    /** A parameter of a {@link Prototype}. */
    record Parameter(String name, int type) {
    }

    /** A global variable. */
    record Variable(String name, int type) implements BtfType {
    }

    /** The variables of one data section, such as {@code .rodata}. */
    record DataSection(String name, int size, List<Placement> variables) implements BtfType {
    }

    /**
     * Where a variable lies in its section.
     *
     * @param variable id of a {@link Variable}
     */
    record Placement(int variable, int offset, int size) {
    }

    /** A declaration tag on a type, or on component {@code component} of it when that is not -1. */
    record DeclarationTag(String name, int target, int component) implements BtfType {
    }
}
