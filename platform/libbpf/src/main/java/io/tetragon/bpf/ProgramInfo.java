// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/**
 * What the kernel says of a loaded program.
 *
 * @param id                   unique among the programs of the machine
 * @param tag                  hash of the instructions, hexadecimal
 * @param jitedBytes           size of the machine code
 * @param translatedBytes      size of the verified instructions; eight bytes each
 * @param runTimeNanos         time spent in it while {@link RunStatistics} were on
 * @param runs                 how often it ran while {@link RunStatistics} were on
 * @param recursionMisses      runs left out because the program was active on that CPU
 * @param verifiedInstructions how many instructions the verifier walked; 0 before Linux 5.16
 */
public record ProgramInfo(int id, String tag, String name, int jitedBytes, int translatedBytes, long runTimeNanos,
        long runs, long recursionMisses, int verifiedInstructions) {
}
