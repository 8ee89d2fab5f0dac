// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The table in which the runtime of Go finds functions by address ("pclntab"), in its four formats: of Go 1.2, 1.16, 1.18
 * and 1.20. Offsets are in bytes from the table's beginning, words of eight bytes:
 *
 * <pre>
 *   u32 magic; u16 0; u8 quantum of instructions; u8 bytes of a word
 *   1.2    word functions;                                                                     index follows
 *   1.16   word functions, files, names at, units at, files at, pcs at, index at
 *   1.18+  word functions, files, beginning of code, names at, units at, files at, pcs at, index at
 *   index: for each function its address and where, from the index on, its description is; of 1.2 from the table on.
 *          Words that hold addresses; from 1.18 on u32, from the beginning of code.
 *   description: the address once more, u32 offset of the name from the names on; of 1.2 from the table on
 * </pre>
 *
 * <p>Used by one thread.
 */
final class GoTable {
    private static final int GO_1_2 = 0xffff_fffb;
    private static final int GO_1_16 = 0xffff_fffa;
    private static final int GO_1_18 = 0xffff_fff0;
    private static final int GO_1_20 = 0xffff_fff1;
    private static final int WORD = Long.BYTES;
    private static final int RELOCATIONS = 4;
    private static final int RELOCATION = 24;
    /** R_X86_64_RELATIVE and its like have the address as addend. */
    private static final int RELATIVE = 8;
    private static final String TEXT = ".text";

    private final ElfFile elf;
    private final ElfFile.Section section;
    private final long functions;
    private final long code;
    private final long index;
    private final long names;
    /** Bytes of an address in the index. */
    private final int width;

    private GoTable(ElfFile elf, ElfFile.Section section) throws ElfException {
        this.elf = elf;
        this.section = section;
        Window head = Window.of(elf, section);
        int magic = head.intAt(0);
        if (head.byteAt(7) != WORD) {
            throw elf.damaged("its table of Go functions is for words of " + head.byteAt(7) + " bytes");
        }
        functions = head.longAt(WORD);
        switch (magic) {
            case GO_1_2 -> {
                index = 2 * WORD;
                names = 0;
                code = 0;
                width = WORD;
            }
            case GO_1_16 -> {
                names = head.longAt(3 * WORD);
                index = head.longAt(7 * WORD);
                code = 0;
                width = WORD;
            }
            case GO_1_18, GO_1_20 -> {
                names = head.longAt(4 * WORD);
                index = head.longAt(8 * WORD);
                code = code(head.longAt(3 * WORD));
                width = Integer.BYTES;
            }
            default -> throw elf.damaged("its table of Go functions has the unknown format "
                    + Integer.toHexString(magic));
        }
        if (functions < 0 || functions > section.size() || index < 0 || index > section.size()
                || names < 0 || names > section.size()) {
            throw elf.damaged("its table of Go functions reaches beyond its end");
        }
    }

    /** Returns the table of a file, null when it has none. */
    static @Nullable GoTable of(ElfFile elf) throws ElfException {
        for (ElfFile.Section section : elf.sections()) {
            if (section.name().equals(".gopclntab") || section.name().equals(".data.rel.ro.gopclntab")) {
                return new GoTable(elf, section);
            }
        }
        return null;
    }

    /** Visits the functions by their full names, such as {@code main.(*Server).handle}. */
    void visit(Functions.Visitor visitor) throws ElfException {
        Window entries = new Window(elf, "its index of Go functions", section.offset() + index, section.size() - index);
        Window descriptions = new Window(elf, "its table of Go functions", section.offset(), section.size());
        Window texts = new Window(elf, "its table of Go names", section.offset() + names, section.size() - names);
        NamePass pass = new NamePass(elf);
        for (int i = 0; i < functions; i++) {
            long description = word(entries, (2L * i + 1) * width) + (width == WORD && names == 0 ? 0 : index);
            pass.add(i, descriptions.intAt(description + width));
        }
        pass.visit(texts, (i, name) -> visitor.visit(name, () -> function(entries, i, name)));
    }

    /** Whether an address lies in the code that Go's compiler made, and not in that of a C library, say. */
    boolean covers(long address) throws ElfException {
        Window entries = new Window(elf, "its index of Go functions", section.offset() + index, section.size() - index);
        long first = code + word(entries, 0);
        long end = code + word(entries, 2L * functions * width);
        return address >= first && address < end;
    }

    private Function function(Window entries, int i, String name) throws ElfException {
        long at = 2L * i * width;
        long address = word(entries, at);
        // Behind the last function the end of the code follows.
        long size = word(entries, at + 2L * width) - address;
        return new Function(name, code + address, Math.max(0, size), Function.Rank.LOCAL);
    }

    private long word(Window window, long at) throws ElfException {
        return width == WORD ? window.longAt(at) : Integer.toUnsignedLong(window.intAt(at));
    }

    /**
     * Where a program can be loaded anywhere, the linker of the system writes the beginning of its code at the start only; and
     * newer versions of Go do not write it at all.
     */
    private long code(long written) throws ElfException {
        if (written != 0) {
            return written;
        }
        long place = section.address() + 3L * WORD;
        ElfFile.Section relocations = find(s -> s.type() == RELOCATIONS && s.name().equals(".rela.dyn"));
        if (relocations != null) {
            Window window = Window.of(elf, relocations);
            for (long at = 0; at <= relocations.size() - RELOCATION; at += RELOCATION) {
                if (window.longAt(at) == place && window.longAt(at + 8) == RELATIVE) {
                    return window.longAt(at + 16);
                }
            }
        }
        ElfFile.Section text = find(s -> s.name().equals(TEXT));
        if (text == null) {
            throw elf.damaged("its table of Go functions does not say where their code is");
        }
        return text.address();
    }

    private ElfFile.@Nullable Section find(Predicate<ElfFile.Section> wanted) {
        return elf.sections().stream().filter(wanted).findFirst().orElse(null);
    }
}
