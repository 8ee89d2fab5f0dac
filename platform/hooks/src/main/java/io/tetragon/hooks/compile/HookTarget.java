// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import org.jspecify.annotations.Nullable;

/**
 * What a hook is put on, as far as it decides where values are found. Immutable.
 *
 * @param prototype the types of the parameters; null where they are not known. Of system calls their own parameters' types
 *     are not known either, so what is given for them is not looked at
 * @param format the fields of the record; given for {@link Family#TRACEPOINT} only
 * @param syscall whether the parameters are those of a system call, hence in the registers of its caller
 */
public record HookTarget(
        Family family, @Nullable Prototype prototype, @Nullable TracepointFormat format, boolean syscall) {

    /** How a family of hooks finds its values. */
    public enum Family {
        KPROBE,
        FENTRY,
        /** A system call, met by the tracepoint that all have in common. */
        SYSCALL,
        /** A perf tracepoint. */
        TRACEPOINT,
        RAW_TRACEPOINT,
        UPROBE,
        USDT,
        LSM;

        /** Whether a program of the family is refused for a parameter that the prototype lacks. */
        public boolean typed() {
            return this == FENTRY || this == LSM;
        }

        /** Whether it can wait for the function's return. */
        public boolean returns() {
            return this == KPROBE || this == FENTRY || this == SYSCALL || this == UPROBE;
        }
    }

    public HookTarget {
        if ((family == Family.TRACEPOINT) != (format != null)) {
            throw new IllegalArgumentException("a format is given for perf tracepoints, and for nothing else");
        }
    }
}
