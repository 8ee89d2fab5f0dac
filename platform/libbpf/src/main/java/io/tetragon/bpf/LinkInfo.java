// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/**
 * What the kernel says of a link.
 *
 * @param id        unique among the links of the machine
 * @param type      the kernel's number of the kind of link
 * @param programId id of the attached program
 * @param missed    hits a kprobe or kprobe.multi link lost because the probe was active already; 0 where the kernel
 *                  does not count them (before 6.7)
 */
public record LinkInfo(int id, int type, int programId, long missed) {
}
