// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Decodes single type records.
 *
 * <pre>
 *  0        4        8        12
 * +--------+--------+--------+----------------------------+
 * | name   | info   | size   | by kind: entries of 8 or 12 |
 * |        |        | | type | bytes, or one extra word    |
 * +--------+--------+--------+----------------------------+
 *   info: bits 0-15 number of entries, 24-28 kind, 31 kind flag
 * </pre>
 */
final class BtfDecoder {
    static final int HEADER = 12;
    static final int INT = 1;
    static final int PTR = 2;
    static final int ARRAY = 3;
    static final int STRUCT = 4;
    static final int UNION = 5;
    static final int ENUM = 6;
    static final int FWD = 7;
    static final int TYPEDEF = 8;
    static final int VOLATILE = 9;
    static final int CONST = 10;
    static final int RESTRICT = 11;
    private static final int FUNC = 12;
    private static final int FUNC_PROTO = 13;
    private static final int VAR = 14;
    private static final int DATASEC = 15;
    static final int FLOAT = 16;
    private static final int DECL_TAG = 17;
    static final int TYPE_TAG = 18;
    static final int ENUM64 = 19;

    private final Btf btf;
    private final ByteBuffer types;
    private final int at;

    private BtfDecoder(Btf btf, ByteBuffer types, int at) {
        this.btf = btf;
        this.types = types;
        this.at = at;
    }

    /** The length of the record at an offset; the record itself may reach beyond the buffer. */
    static int length(ByteBuffer types, int at) {
        if (types.limit() - at < HEADER) {
            throw new BtfFormatException("BTF type section ends inside a type");
        }
        int info = types.getInt(at + 4);
        int entries = info & 0xffff;
        return HEADER + switch (kind(info)) {
            case INT, VAR, DECL_TAG -> 4;
            case ARRAY -> 12;
            case STRUCT, UNION, DATASEC, ENUM64 -> 12 * entries;
            case ENUM, FUNC_PROTO -> 8 * entries;
            case PTR, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FLOAT, TYPE_TAG -> 0;
            default -> throw new BtfFormatException("BTF kind " + kind(info) + " is not known");
        };
    }

    static BtfType decode(Btf btf, ByteBuffer types, int at) {
        return new BtfDecoder(btf, types, at).decode();
    }

    static int kind(int info) {
        return info >>> 24 & 0x1f;
    }

    private BtfType decode() {
        String name = btf.string(word(0));
        int info = word(4);
        boolean flag = info < 0;
        int value = word(8);
        return switch (kind(info)) {
            case INT -> integer(name, value);
            case PTR -> new BtfType.Pointer(value);
            case ARRAY -> new BtfType.Array(word(HEADER), positive(word(HEADER + 8), "array count"));
            case STRUCT, UNION -> new BtfType.Struct(name, positive(value, "struct size"), kind(info) == UNION,
                    entries(12, entry -> member(entry, flag)));
            case ENUM -> new BtfType.Enum(name, enumSize(value), flag, entries(8, entry -> new BtfType.Constant(
                    btf.string(word(entry)), flag ? word(entry + 4) : word(entry + 4) & 0xffffffffL)));
            case ENUM64 -> new BtfType.Enum(name, enumSize(value), flag, entries(12, entry -> new BtfType.Constant(
                    btf.string(word(entry)), (long) word(entry + 8) << 32 | word(entry + 4) & 0xffffffffL)));
            case FWD -> new BtfType.Forward(name, flag);
            case TYPEDEF -> new BtfType.Typedef(name, value);
            case VOLATILE, CONST, RESTRICT, TYPE_TAG -> new BtfType.Qualifier(name, value);
            case FUNC -> new BtfType.Function(name, value);
            case FUNC_PROTO -> new BtfType.Prototype(value, entries(8, entry -> new BtfType.Parameter(
                    btf.string(word(entry)), word(entry + 4))));
            case VAR -> new BtfType.Variable(name, value);
            case DATASEC -> new BtfType.DataSection(name, positive(value, "section size"),
                    entries(12, entry -> new BtfType.Placement(word(entry),
                            positive(word(entry + 4), "variable offset"),
                            positive(word(entry + 8), "variable size"))));
            case FLOAT -> new BtfType.Float(name, positive(value, "float size"));
            case DECL_TAG -> new BtfType.DeclarationTag(name, value, word(HEADER));
            default -> throw new BtfFormatException("BTF kind " + kind(info) + " is not known");
        };
    }

    private BtfType integer(String name, int size) {
        int encoding = word(HEADER);
        boolean signed = (encoding >>> 24 & 1) != 0;
        boolean bool = (encoding >>> 24 & 4) != 0;
        if (size < 1 || size > 16 || (encoding & 0xff) > 8 * size) {
            throw new BtfFormatException("BTF integer '" + name + "' has an impossible size");
        }
        return new BtfType.Int(name, size, encoding & 0xff, signed, bool);
    }

    private BtfType.Member member(int entry, boolean bitFields) {
        int position = word(entry + 8);
        int offset = bitFields ? position & 0xffffff : positive(position, "member offset");
        return new BtfType.Member(btf.string(word(entry)), word(entry + 4), offset, bitFields ? position >>> 24 : 0);
    }

    private static int enumSize(int size) {
        if (size < 1 || size > 8) {
            throw new BtfFormatException("BTF enum has an impossible size");
        }
        return size;
    }

    private <T> List<T> entries(int size, IntFunction<T> decode) {
        int count = word(4) & 0xffff;
        List<T> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(decode.apply(HEADER + i * size));
        }
        return List.copyOf(entries);
    }

    private static int positive(int value, String what) {
        if (value < 0) {
            throw new BtfFormatException("BTF " + what + " is out of range");
        }
        return value;
    }

    private int word(int offset) {
        return types.getInt(at + offset);
    }
}
