// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import java.util.ArrayList;
import java.util.List;

/**
 * Where the fields of a struct lie, flattened: a field of a nested struct appears as {@code parent_child} after
 * its parent; members of anonymous structs and unions appear as the parent's own.
 *
 * @param name   the struct's C name
 * @param size   bytes, padding included
 * @param fields in declaration order
 */
public record RecordLayout(String name, int size, List<Field> fields) {
    private static final int MAX_NESTING = 16;
    private static final int MAX_FIELDS = 10_000;

    /**
     * A field.
     *
     * @param name   flattened name
     * @param offset bytes from the start of the outermost struct
     * @param size   bytes; 0 for a flexible array member
     * @param array  whether it is an array
     */
    public record Field(String name, int offset, int size, boolean array) {
    }

    /**
     * Lays out a struct of an object.
     *
     * @param name the struct's tag, or a typedef of it
     * @throws BtfFormatException when the object does not know the struct, or it has bit-fields (their position in
     *                            a byte is the compiler's affair; use whole bytes in a shared record)
     */
    public static RecordLayout of(Btf btf, String name) {
        int id = btf.find(name, BtfType.Struct.class).orElseGet(() ->
                btf.resolve(btf.find(name, BtfType.Typedef.class).orElseThrow(() -> unknown(name))));
        if (!(btf.type(id) instanceof BtfType.Struct struct)) {
            throw unknown(name);
        }
        List<Field> fields = new ArrayList<>();
        collect(btf, struct, "", 0, 0, fields);
        return new RecordLayout(name, struct.size(), List.copyOf(fields));
    }

    private static BtfFormatException unknown(String name) {
        return new BtfFormatException("struct " + name + " is not in the object's type information: a type that no"
                + " map, global variable or program uses is dropped by the compiler; name it in a dummy global"
                + " (struct " + name + " *unused_" + name + " __attribute__((unused));)");
    }

    private static void collect(Btf btf, BtfType.Struct struct, String prefix, int base, int depth,
            List<Field> fields) {
        if (depth > MAX_NESTING || fields.size() > MAX_FIELDS) {
            throw new BtfFormatException("struct '" + struct.name() + "' is nested too deeply");
        }
        for (BtfType.Member member : struct.members()) {
            if (member.bits() != 0 || member.bitOffset() % 8 != 0) {
                throw new BtfFormatException("bit-field " + member.name() + " of struct " + struct.name()
                        + " has no byte offset: use a whole integer");
            }
            int offset = base + member.bitOffset() / 8;
            BtfType type = btf.type(btf.resolve(member.type()));
            if (member.name().isEmpty() && type instanceof BtfType.Struct anonymous) {
                collect(btf, anonymous, prefix, offset, depth + 1, fields);
                continue;
            }
            String name = prefix + member.name();
            fields.add(new Field(name, offset, btf.sizeOf(member.type()), type instanceof BtfType.Array));
            if (type instanceof BtfType.Struct nested) {
                collect(btf, nested, name + "_", offset, depth + 1, fields);
            }
        }
    }
}
