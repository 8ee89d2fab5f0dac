// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.policy;

import io.tetragon.elf.ElfException;
import io.tetragon.elf.ElfFile;
import io.tetragon.elf.Functions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The functions that a file defines.
 *
 * @param functions each name once, in the order in which the names lie in the file
 * @param leftOut how many have a name that no policy can hold
 */
record ElfSymbols(List<String> functions, int leftOut) {
    /** Longest name that a policy takes; longer ones are a compiler's, for templates within templates. */
    private static final int MAX_NAME = 511;

    static ElfSymbols functions(ElfFile elf) throws ElfException {
        Set<String> names = new LinkedHashSet<>();
        Set<String> refused = new LinkedHashSet<>();
        Functions.names(elf, name -> (isWritable(name) ? names : refused).add(name));
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
