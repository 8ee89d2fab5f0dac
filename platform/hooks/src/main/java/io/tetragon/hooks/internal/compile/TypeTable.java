// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.bpf.btf.Btf;
import io.tetragon.bpf.btf.BtfIndex;
import io.tetragon.bpf.btf.BtfType;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Types with an index of their names.
 *
 * @param module whose they are; empty for the kernel itself and for programs
 * @param base the kernel's, which a module's continue; null when these stand alone
 */
public record TypeTable(String module, Btf btf, BtfIndex index, @Nullable TypeTable base) {

    /** Indexes types. */
    public static TypeTable of(String module, Btf btf, @Nullable TypeTable base) {
        return new TypeTable(module, btf, BtfIndex.of(btf), base);
    }

    /** Finds a type, a module's own before the kernel's. */
    public OptionalInt find(String name, Class<? extends BtfType> kind) {
        OptionalInt own = index.find(name, kind);
        return own.isPresent() || base == null ? own : base.find(name, kind);
    }

    /** Returns the type behind typedefs and qualifiers. */
    BtfType plain(int id) {
        return btf.type(btf.resolve(id));
    }
}
