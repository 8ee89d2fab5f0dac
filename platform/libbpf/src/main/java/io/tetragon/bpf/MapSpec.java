// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/**
 * A map to create.
 *
 * @param name       at most 15 characters reach the kernel
 * @param keySize    bytes; 0 for a ring buffer
 * @param valueSize  bytes; 0 for a ring buffer
 * @param maxEntries entries; bytes for a ring buffer
 * @param flags      {@code BPF_F_*}
 */
public record MapSpec(String name, MapType type, int keySize, int valueSize, int maxEntries, int flags) {
    /** Do not allocate hash elements ahead. */
    public static final int NO_PREALLOC = 1;
    /** The map can be mapped into memory. */
    public static final int MMAPABLE = 1 << 10;
    /** Programs may only read. */
    public static final int READ_ONLY_FOR_PROGRAMS = 1 << 7;
    /** Inner maps of a map of arrays may differ in their number of entries. */
    public static final int INNER_MAP = 1 << 12;
}
