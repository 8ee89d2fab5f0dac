// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.symbol;

/**
 * What an address on a stack is.
 *
 * @param offset in the kernel bytes from the symbol, in a process bytes from the start of the module's file
 * @param symbol the function, empty where it is not known
 * @param module the kernel module, or the file that is mapped there; empty for none
 */
public record StackFrame(long address, long offset, String symbol, String module) {
    /** Nothing is known but the address. */
    public static StackFrame unknown(long address) {
        return new StackFrame(address, 0, "", "");
    }
}
