// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.Arrays;
import java.util.List;

/**
 * Matches processes by the path of what they execute, which for a script is its interpreter.
 *
 * @param followChildren whether descendants of a matching process match too; only with IN and NOT_IN
 */
public record BinaryFilter(Position at, Match match, List<String> values, boolean followChildren) {
    public BinaryFilter {
        values = List.copyOf(values);
    }

    /** How paths are compared. */
    public enum Match {
        IN("In"),
        NOT_IN("NotIn"),
        PREFIX("Prefix"),
        NOT_PREFIX("NotPrefix"),
        POSTFIX("Postfix"),
        NOT_POSTFIX("NotPostfix");

        private final String word;

        Match(String word) {
            this.word = word;
        }

        /** Returns the word in YAML. */
        public String word() {
            return word;
        }

        /** Returns the match of a word of the schema. */
        public static Match of(String word) {
            return Arrays.stream(values())
                    .filter(match -> match.word.equals(word))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no binary operator " + word));
        }
    }
}
