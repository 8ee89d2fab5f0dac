// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.core.internal.abi.BinaryKey;
import io.tetragon.policy.model.BinaryFilter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SortedSet;
import java.util.TreeSet;

/** What makes two filters the same to a process: not their order, nor whether they match what is in the set or what is not. */
record BinarySet(Kind kind, SortedSet<String> values, boolean followChildren) {
    /** How paths are compared with the values. */
    enum Kind {
        EXACT,
        PREFIX,
        POSTFIX
    }

    /** Bytes of the longest value: an exact path keeps its NUL. */
    static final int LONGEST = BinaryKey.TEXT_SIZE - 1;

    /** @throws TetragonException INVALID_ARGUMENT if no path could ever match a value */
    static BinarySet of(BinaryFilter filter) throws TetragonException {
        for (String value : filter.values()) {
            int bytes = value.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > LONGEST || value.indexOf('\0') >= 0) {
                throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "match binary "
                        + value.replace('\0', '?'), bytes > LONGEST ? "it has " + bytes + " bytes" : "it has a NUL",
                        "use paths of at most " + LONGEST + " bytes");
            }
        }
        Kind kind = switch (filter.match()) {
            case IN, NOT_IN -> Kind.EXACT;
            case PREFIX, NOT_PREFIX -> Kind.PREFIX;
            case POSTFIX, NOT_POSTFIX -> Kind.POSTFIX;
        };
        return new BinarySet(kind, new TreeSet<>(filter.values()), filter.followChildren());
    }

    /** Adds what the tries hold of this set. */
    void addTo(BinaryTexts prefixes, BinaryTexts postfixes, int number) {
        for (String value : values) {
            byte[] text = value.getBytes(StandardCharsets.UTF_8);
            switch (kind) {
                case EXACT -> prefixes.add(Arrays.copyOf(text, text.length + 1), number);
                case PREFIX -> prefixes.add(text, number);
                case POSTFIX -> postfixes.add(reversed(text), number);
            }
        }
    }

    private static byte[] reversed(byte[] text) {
        byte[] reversed = new byte[text.length];
        for (int i = 0; i < text.length; i++) {
            reversed[i] = text[text.length - 1 - i];
        }
        return reversed;
    }
}
