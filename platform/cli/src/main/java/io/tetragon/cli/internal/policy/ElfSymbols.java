// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.policy;

import io.tetragon.elf.ElfException;
import io.tetragon.elf.ElfFile;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The functions that a file defines, by both of its symbol tables.
 *
 * @param functions each name once, in the file's order
 * @param leftOut how many have a name that no policy can hold
 */
record ElfSymbols(List<String> functions, int leftOut) {
    private static final int SYMBOL = 24;
    private static final int FUNCTION = 2;
    /** Longest name that a policy takes; longer ones are a compiler's, for templates within templates. */
    private static final int MAX_NAME = 511;

    static ElfSymbols functions(ElfFile elf) throws ElfException {
        Set<String> names = new LinkedHashSet<>();
        Set<String> refused = new LinkedHashSet<>();
        for (ElfFile.Section section : elf.sections()) {
            if (section.type() != ElfFile.SYMBOL_TABLE && section.type() != ElfFile.DYNAMIC_SYMBOLS) {
                continue;
            }
            if (section.entry() != SYMBOL) {
                throw elf.damaged("symbols of " + section.entry() + " bytes");
            }
            ByteBuffer symbols = elf.read(section);
            ByteBuffer strings = elf.read(elf.section(section.link()));
            for (int at = 0; at <= symbols.limit() - SYMBOL; at += SYMBOL) {
                boolean function = (symbols.get(at + 4) & 15) == FUNCTION;
                boolean defined = symbols.getShort(at + 6) != 0 && symbols.getLong(at + 8) != 0;
                if (function && defined) {
                    String name = ElfFile.text(strings, Integer.toUnsignedLong(symbols.getInt(at)));
                    (isWritable(name) ? names : refused).add(name);
                }
            }
        }
        refused.remove("");
        return new ElfSymbols(List.copyOf(names), refused.size());
    }

    /** A '+' would be taken for an offset from the symbol before it. */
    private static boolean isWritable(String name) {
        return !name.isEmpty()
                && name.length() <= MAX_NAME
                && name.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '+');
    }
}
