// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.bpf.btf.Btf;
import io.tetragon.bpf.btf.BtfType;

/** Spells types as C does, for people. */
public final class TypeNames {
    private static final int DEEPEST = 16;

    private TypeNames() {}

    /** Returns a type's name, such as {@code const struct path *}. */
    public static String spell(Btf btf, int id) {
        return spell(btf, id, DEEPEST);
    }

    private static String spell(Btf btf, int id, int depth) {
        if (depth == 0) {
            return "...";
        }
        BtfType type = btf.type(id);
        if (type instanceof BtfType.Void) {
            return "void";
        }
        if (type instanceof BtfType.Pointer pointer) {
            String target = spell(btf, pointer.target(), depth - 1);
            return target.endsWith("*") ? target + "*" : target + " *";
        }
        if (type instanceof BtfType.Qualifier qualifier) {
            return spell(btf, qualifier.target(), depth - 1);
        }
        if (type instanceof BtfType.Array array) {
            return spell(btf, array.element(), depth - 1) + "[" + (array.count() == 0 ? "" : array.count()) + "]";
        }
        if (type instanceof BtfType.Struct struct) {
            return (struct.union() ? "union" : "struct") + named(struct.name());
        }
        if (type instanceof BtfType.Forward forward) {
            return (forward.union() ? "union" : "struct") + named(forward.name());
        }
        if (type instanceof BtfType.Enum) {
            return "enum" + named(type.name());
        }
        return type instanceof BtfType.Prototype ? "function" : type.name();
    }

    private static String named(String name) {
        return name.isEmpty() ? " {...}" : " " + name;
    }
}
