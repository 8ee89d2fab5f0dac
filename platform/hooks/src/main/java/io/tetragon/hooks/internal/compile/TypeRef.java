// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.bpf.btf.BtfType;

/** A type, and where it is described. */
record TypeRef(TypeTable types, int id) {
    /** The type behind typedefs and qualifiers. */
    BtfType plain() {
        return types.plain(id);
    }

    TypeRef to(int other) {
        return new TypeRef(types, other);
    }

    String spell() {
        return TypeNames.spell(types.btf(), id);
    }
}
