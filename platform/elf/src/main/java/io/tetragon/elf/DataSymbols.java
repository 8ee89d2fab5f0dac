// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Set;

/** Where the variables of a file are. */
public final class DataSymbols {
    private static final int ENTRY = 24;
    private static final int OBJECT = 1;
    private static final int NO_TYPE = 0;

    private DataSymbols() {}

    /**
     * Returns the addresses of all variables with a name, as the linker saw them: none when the file was stripped of it,
     * several when parts of the program have variables of their own under it.
     *
     * @throws ElfException if the tables are damaged
     */
    public static Set<Long> addresses(ElfFile elf, String name) throws ElfException {
        byte[] wanted = (name + '\0').getBytes(StandardCharsets.UTF_8);
        Set<Long> addresses = new LinkedHashSet<>();
        for (ElfFile.Section section : elf.sections()) {
            if (section.type() == ElfFile.SYMBOL_TABLE || section.type() == ElfFile.DYNAMIC_SYMBOLS) {
                collect(elf.read(section), elf.read(elf.section(section.link())), wanted, addresses);
            }
        }
        return addresses;
    }

    private static void collect(ByteBuffer symbols, ByteBuffer strings, byte[] wanted, Set<Long> addresses) {
        for (int at = 0; at <= symbols.limit() - ENTRY; at += ENTRY) {
            int type = symbols.get(at + 4) & 0xf;
            boolean defined = symbols.getShort(at + 6) != 0;
            if (defined && (type == OBJECT || type == NO_TYPE)
                    && isText(strings, Integer.toUnsignedLong(symbols.getInt(at)), wanted)) {
                addresses.add(symbols.getLong(at + 8));
            }
        }
    }

    private static boolean isText(ByteBuffer strings, long offset, byte[] wanted) {
        if (offset > strings.limit() - wanted.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (strings.get((int) offset + i) != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
