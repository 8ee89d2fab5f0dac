// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;

/** A value of an argument filter: as written, and what it stands for. */
public sealed interface FilterValue {

    /** The text in the policy. */
    String written();

    /**
     * A number: an integer, a set of capabilities, a protocol, an address family, a TCP state, or the type bits of a
     * file's mode. Unsigned 64-bit values above 2^63 - 1 are negative here.
     */
    record Number(String written, long value) implements FilterValue {}

    /** Numbers or ports from one to another, both included; unsigned where the argument's type is. */
    record Range(String written, long from, long to) implements FilterValue {}

    /** A text. */
    record Text(String written) implements FilterValue {
        /** Returns it as the kernel compares it. */
        public byte[] bytes() {
            return written.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Addresses whose first bits are the same; one address has all of its bits as prefix. */
    record Subnet(String written, InetAddress address, int prefixLength) implements FilterValue {}

    /** The system calls of a list. */
    record ListReference(String written, ListSpec list) implements FilterValue {}

    /** An expression over the filter's arguments. */
    record Expression(String written, CelExpression expression) implements FilterValue {}

    /** A value whose meaning awaits the argument's type; {@code ArgumentTyping} gives it one. */
    record Untyped(String written) implements FilterValue {}
}
