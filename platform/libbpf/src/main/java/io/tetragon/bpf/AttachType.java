// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

/** Attach types that a program is given before it is loaded because its section name does not tell them. */
public enum AttachType {
    /** Many kernel functions with one link. */
    TRACE_KPROBE_MULTI(42),
    /** Many places of one file with one link. */
    TRACE_UPROBE_MULTI(48),
    /** Entry and return of many kernel functions by one program. */
    TRACE_KPROBE_SESSION(56),
    /** Entry and return of many places of one file by one program. */
    TRACE_UPROBE_SESSION(57);

    private final int number;

    AttachType(int number) {
        this.number = number;
    }

    /** @return the kernel's number */
    public int number() {
        return number;
    }
}
