// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.util.LinkedHashSet;
import java.util.Set;

/** Where the variables of a file are. Memory and time are bounded by the file's size. */
public final class DataSymbols {
    /** Who looks for one wants to know that there are several, not all of them. */
    private static final int SAME_NAME_MAX = 64;

    private DataSymbols() {}

    /**
     * Returns the addresses of the variables with a name, as the linker saw them: none when the file was stripped of it,
     * several, at most 64 of them, when parts of the program have variables of their own under it.
     *
     * @throws ElfException if the tables are damaged
     */
    public static Set<Long> addresses(ElfFile elf, String name) throws ElfException {
        Set<Long> addresses = new LinkedHashSet<>();
        for (int type : new int[] {ElfFile.SYMBOL_TABLE, ElfFile.DYNAMIC_SYMBOLS}) {
            SymbolTable table = SymbolTable.of(elf, type);
            if (table != null) {
                table.variables(name, address -> {
                    if (addresses.size() < SAME_NAME_MAX) {
                        addresses.add(address);
                    }
                });
            }
        }
        return addresses;
    }
}
