// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.value;

/** How a value is written and what it stands for. */
public enum ValueKind {
    /** The operator takes no values. */
    NONE,
    /** Awaits the argument's type. */
    UNTYPED,
    NUMBER,
    /** A number whose every bit may be given, whatever the sign. */
    BITS,
    /** {@code min:max}. */
    RANGE,
    /** A number, a range or the system calls of a list. */
    SET,
    CAPABILITIES,
    TEXT,
    PREFIX,
    POSTFIX,
    SUBSTRING,
    ADDRESS,
    PORT,
    PROTOCOL,
    FAMILY,
    STATE,
    FILE_TYPE,
    EXPRESSION
}
