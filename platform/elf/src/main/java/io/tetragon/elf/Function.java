// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

/**
 * A function of a file.
 *
 * @param address as the linker saw it
 * @param size bytes, 0 when the file does not say
 * @param rank which one a name means that several have: the highest
 */
public record Function(String name, long address, long size, Rank rank) {
    /** Who sees a name, from few to all. */
    public enum Rank {
        /** A label of hand-written assembly that does not say what it is. */
        LABEL,
        /** Seen in one of the files that this one was linked from; several may have the same. */
        LOCAL,
        /** A version of the function that only old programs ask for. */
        OLD_VERSION,
        WEAK,
        GLOBAL
    }
}
