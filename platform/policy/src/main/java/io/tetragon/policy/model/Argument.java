// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

/**
 * An argument that a hook reads.
 *
 * @param index of functions and LSM hooks the parameter from 0, of tracepoints the field in the format file, of USDTs
 *     the operand; without meaning for {@code data} and return values
 * @param label shown in events; may be empty
 * @param sizeArgument the parameter from 0 that holds the size of a buffer; -1 when none is named
 * @param returnCopy whether it is read when the function returns
 * @param maxData whether it travels whole up to the limit of data events
 * @param resolve where the value lies, seen from the parameter or source; for PT_REGS the register's name in
 *     {@code resolve.written()}
 * @param source the parameter itself in {@code args}, something else in {@code data}
 * @param btfType the structure the parameter is taken for; empty when its own type holds
 * @param btfTypeModule the kernel module that declares {@code btfType}; empty for the kernel itself
 */
public record Argument(
        Position at,
        int index,
        ArgumentType type,
        String label,
        int sizeArgument,
        boolean returnCopy,
        boolean maxData,
        ResolvePath resolve,
        Source source,
        String btfType,
        String btfTypeModule) {

    /** Where an argument comes from. */
    public enum Source {
        PARAMETER,
        CURRENT_TASK,
        PT_REGS
    }
}
