// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The functions of a file by name: from its symbol table, from that of the dynamic linker, and, of Go programs, from the
 * table that their runtime keeps, which stripping leaves there. Memory and time are bounded by the file's size.
 */
public final class Functions {
    /** Static functions of one name in many files; nobody means more of them. */
    private static final int SAME_NAME_MAX = 64;

    /** Is told each name; reads the rest only for names of interest. */
    @FunctionalInterface
    interface Visitor {
        void visit(String name, Reader function) throws ElfException;
    }

    /** Reads one function. */
    @FunctionalInterface
    interface Reader {
        Function read() throws ElfException;
    }

    private Functions() {}

    /**
     * Finds functions by name.
     *
     * @return for each name that was found the functions it means: one, or several of different addresses where all of them
     *     are local to what the file was linked from
     * @throws ElfException if the file is damaged
     */
    public static Map<String, List<Function>> find(ElfFile elf, Set<String> names) throws ElfException {
        Map<String, List<Function>> found = new LinkedHashMap<>();
        visit(elf, true, (name, function) -> {
            if (names.contains(name)) {
                add(found.computeIfAbsent(name, n -> new ArrayList<>()), function.read());
            }
        });
        return found;
    }

    private static void add(List<Function> same, Function function) {
        int difference = same.isEmpty() ? 0 : function.rank().compareTo(same.get(0).rank());
        if (difference > 0) {
            same.clear();
        }
        boolean known = same.stream().anyMatch(other -> other.address() == function.address());
        if (difference >= 0 && !known && same.size() < SAME_NAME_MAX
                && (same.isEmpty() || function.rank() == Function.Rank.LOCAL)) {
            same.add(function);
        }
    }

    /**
     * Names all functions, some of them several times, in the order of their names in the file.
     *
     * @throws ElfException if the file is damaged
     */
    public static void names(ElfFile elf, Consumer<String> names) throws ElfException {
        visit(elf, false, (name, function) -> names.accept(name));
    }

    /**
     * Whether the code at an address is Go's, which has a calling convention of its own and moves its stacks.
     *
     * @throws ElfException if the file is damaged
     */
    public static boolean isGo(ElfFile elf, long address) throws ElfException {
        GoTable go = GoTable.of(elf);
        return go != null && go.covers(address);
    }

    private static void visit(ElfFile elf, boolean labels, Visitor visitor) throws ElfException {
        for (int type : new int[] {ElfFile.SYMBOL_TABLE, ElfFile.DYNAMIC_SYMBOLS}) {
            SymbolTable table = SymbolTable.of(elf, type);
            if (table != null) {
                table.visit(labels, visitor);
            }
        }
        GoTable go = GoTable.of(elf);
        if (go != null) {
            go.visit(visitor);
        }
    }
}
