// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.util.Arrays;

/**
 * Names of the entries of a table, visited in the order in which they lie in the file, so that each piece of it is read once
 * and never all of it held. Takes eight bytes for each entry. Used by one thread.
 */
final class NamePass {
    /** The largest browsers have a million functions. */
    private static final int ENTRIES_MAX = 4 << 20;

    /** Is told each entry once. */
    @FunctionalInterface
    interface Visitor {
        void visit(int index, String name) throws ElfException;
    }

    private final ElfFile elf;
    private long[] entries = new long[1024];
    private int count;

    NamePass(ElfFile elf) {
        this.elf = elf;
    }

    /**
     * Adds an entry.
     *
     * @param index by which the visitor knows it
     * @param name where its name lies, in the window that is visited
     */
    void add(int index, int name) throws ElfException {
        if (count == entries.length) {
            if (count >= ENTRIES_MAX) {
                throw elf.damaged("it has more than " + ENTRIES_MAX + " functions");
            }
            entries = Arrays.copyOf(entries, count * 2);
        }
        entries[count++] = Integer.toUnsignedLong(name) << Integer.SIZE | Integer.toUnsignedLong(index);
    }

    void visit(Window names, Visitor visitor) throws ElfException {
        Arrays.sort(entries, 0, count);
        long last = -1;
        String name = "";
        for (int i = 0; i < count; i++) {
            long at = entries[i] >>> Integer.SIZE;
            name = at == last ? name : names.textAt(at);
            last = at;
            visitor.visit((int) entries[i], name);
        }
    }
}
