// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * Finds types by name without the walk of {@link Btf#find}: a hash table of the ids of all named types, four bytes an entry
 * at a load of two thirds at most. For those who ask often. Immutable and safe for concurrent use.
 */
public final class BtfIndex {
    private final Btf btf;
    private final int[] table;

    private BtfIndex(Btf btf, int[] table) {
        this.btf = btf;
        this.table = table;
    }

    /** Indexes the types of a section, without those of its base. */
    public static BtfIndex of(Btf btf) {
        int[] table = new int[Math.max(16, Integer.highestOneBit((btf.typeCount() - btf.firstType()) * 3 / 2) * 2)];
        for (int id = btf.firstType(); id < btf.typeCount(); id++) {
            int hash = btf.nameHash(id);
            if (hash != 0) {
                int at = slot(hash, table);
                while (table[at] != 0) {
                    at = at + 1 & table.length - 1;
                }
                table[at] = id;
            }
        }
        return new BtfIndex(btf, table);
    }

    /**
     * Finds the first type of that name and kind.
     *
     * @param kind a record of {@link BtfType}; structs and unions are the same kind
     */
    public OptionalInt find(String name, Class<? extends BtfType> kind) {
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        for (int at = slot(Btf.hash(wanted), table); table[at] != 0; at = at + 1 & table.length - 1) {
            if (btf.hasName(table[at], wanted) && kind.isInstance(btf.type(table[at]))) {
                return OptionalInt.of(table[at]);
            }
        }
        return OptionalInt.empty();
    }

    private static int slot(int hash, int[] table) {
        int spread = hash * 0x9e3779b9;
        return (spread ^ spread >>> 16) & table.length - 1;
    }
}
