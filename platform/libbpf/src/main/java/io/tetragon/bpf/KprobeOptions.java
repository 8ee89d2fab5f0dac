// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/**
 * How to attach to a kernel function.
 *
 * @param returns whether at its return instead of its entry
 * @param cookie  what {@code bpf_get_attach_cookie} gives the program
 * @param offset  bytes from the function's start
 */
public record KprobeOptions(boolean returns, long cookie, long offset) {
    /** At entry, without a cookie. */
    public static final KprobeOptions ENTRY = new KprobeOptions(false, 0, 0);
    /** At return, without a cookie. */
    public static final KprobeOptions RETURN = new KprobeOptions(true, 0, 0);
}
