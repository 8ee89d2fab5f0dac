// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/**
 * How to attach to a place in a file.
 *
 * @param returns          whether at the function's return
 * @param cookie           what {@code bpf_get_attach_cookie} gives the program
 * @param semaphoreOffset  file offset of a reference counter the kernel raises while attached (USDT), 0 for none
 * @param pid              a process, or -1 for all that map the file
 */
public record UprobeOptions(boolean returns, long cookie, long semaphoreOffset, int pid) {
    /** At entry, in every process, without a cookie. */
    public static final UprobeOptions ENTRY = new UprobeOptions(false, 0, 0, -1);
    /** At return, in every process, without a cookie. */
    public static final UprobeOptions RETURN = new UprobeOptions(true, 0, 0, -1);
}
