// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/**
 * What the kernel says of a map.
 *
 * @param id         unique among the maps of the machine
 * @param maxEntries the real number, after libbpf's rounding of ring sizes
 */
public record MapInfo(int id, MapType type, int keySize, int valueSize, int maxEntries, int flags, String name) {
}
