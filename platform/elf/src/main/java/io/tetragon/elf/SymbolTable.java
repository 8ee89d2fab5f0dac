// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** One of a file's two symbol tables. Used by one thread. */
final class SymbolTable {
    private static final int ENTRY = 24;
    private static final int NO_TYPE = 0;
    private static final int OBJECT = 1;
    private static final int FUNCTION = 2;
    private static final int INDIRECT_FUNCTION = 10;
    private static final int LOCAL = 0;
    private static final int WEAK = 2;
    private static final int UNDEFINED = 0;
    /** From here on section numbers mean something else, such as values that are no addresses. */
    private static final int RESERVED = 0xff00;
    private static final int VERSIONS = 0x6fffffff;
    private static final int HIDDEN = 0x8000;

    private final ElfFile elf;
    private final Window symbols;
    private final Window names;
    private final @Nullable Window versions;
    private final int count;

    private SymbolTable(ElfFile elf, ElfFile.Section section, ElfFile.@Nullable Section versions) throws ElfException {
        if (section.entry() != ENTRY) {
            throw elf.damaged("symbols of " + section.entry() + " bytes");
        }
        this.elf = elf;
        symbols = Window.of(elf, section);
        names = Window.of(elf, elf.section(section.link()));
        this.versions = versions == null ? null : Window.of(elf, versions);
        count = (int) Math.min(Integer.MAX_VALUE, section.size() / ENTRY);
    }

    /** Returns the file's table of a type, null when it has none; it has at most one of each. */
    static @Nullable SymbolTable of(ElfFile elf, int type) throws ElfException {
        int index = elf.sections().stream().map(ElfFile.Section::type).toList().indexOf(type);
        return index < 0 ? null : new SymbolTable(elf, elf.section(index), versionsOf(elf, index));
    }

    /** Returns the versions of the symbols of a table, null when they have none. */
    private static ElfFile.@Nullable Section versionsOf(ElfFile elf, int table) {
        return elf.sections().stream().filter(section -> section.type() == VERSIONS && section.link() == table)
                .findFirst().orElse(null);
    }

    /**
     * Visits the functions by the names that they are known by: without a version.
     *
     * @param labels whether what may be a function counts, too
     */
    void visit(boolean labels, Functions.Visitor visitor) throws ElfException {
        NamePass pass = new NamePass(elf);
        for (int i = 0; i < count; i++) {
            if (isCode(i, labels)) {
                pass.add(i, symbols.intAt((long) i * ENTRY));
            }
        }
        pass.visit(names, (index, name) -> {
            int version = name.indexOf('@');
            boolean old = version > 0 && !name.startsWith("@@", version);
            visitor.visit(version > 0 ? name.substring(0, version) : name, () -> function(index, name, old));
        });
    }

    /** Visits the addresses of the variables with this name. */
    void variables(String name, LongConsumer addresses) throws ElfException {
        NamePass pass = new NamePass(elf);
        for (int i = 0; i < count; i++) {
            long at = (long) i * ENTRY;
            int type = symbols.byteAt(at + 4) & 15;
            if ((type == OBJECT || type == NO_TYPE) && symbols.shortAt(at + 6) != UNDEFINED) {
                pass.add(i, symbols.intAt(at));
            }
        }
        pass.visit(names, (index, found) -> {
            if (found.equals(name)) {
                addresses.accept(symbols.longAt((long) index * ENTRY + 8));
            }
        });
    }

    /** Whether it is defined here, in something that is executed. */
    private boolean isCode(int index, boolean labels) throws ElfException {
        long at = (long) index * ENTRY;
        int section = symbols.shortAt(at + 6) & 0xffff;
        if (section == UNDEFINED || section >= RESERVED && section != 0xffff || symbols.longAt(at + 8) == 0) {
            return false;
        }
        int type = symbols.byteAt(at + 4) & 15;
        return type == FUNCTION || type == INDIRECT_FUNCTION
                || type == NO_TYPE && labels && elf.isCode(symbols.longAt(at + 8));
    }

    private Function function(int index, String name, boolean old) throws ElfException {
        long at = (long) index * ENTRY;
        byte info = symbols.byteAt(at + 4);
        boolean hidden = versions != null && (index + 1L) * Short.BYTES <= versions.size()
                && (versions.shortAt((long) index * Short.BYTES) & HIDDEN) != 0;
        Function.Rank rank = (info & 15) == NO_TYPE ? Function.Rank.LABEL
                : info >> 4 == LOCAL ? Function.Rank.LOCAL
                : old || hidden ? Function.Rank.OLD_VERSION
                : info >> 4 == WEAK ? Function.Rank.WEAK : Function.Rank.GLOBAL;
        return new Function(name, symbols.longAt(at + 8), Math.max(0, symbols.longAt(at + 16)), rank);
    }
}
