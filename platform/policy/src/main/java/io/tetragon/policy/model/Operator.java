// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.Arrays;
import java.util.List;

/**
 * The operators of argument filters. Several values of one filter are alternatives; of a Not operator none of them may
 * hold.
 */
public enum Operator {
    GREATER_THAN("GT", "GreaterThan"),
    LESS_THAN("LT", "LessThan"),
    EQUAL("Equal", "eq"),
    NOT_EQUAL("NotEqual", "neq"),
    IN_MAP("InMap"),
    NOT_IN_MAP("NotInMap"),
    IN_RANGE("InRange"),
    NOT_IN_RANGE("NotInRange"),
    /** Any of the value's bits is set. */
    MASK("Mask"),
    PREFIX("Prefix"),
    NOT_PREFIX("NotPrefix"),
    POSTFIX("Postfix"),
    NOT_POSTFIX("NotPostfix"),
    SUB_STRING("SubString"),
    SUB_STRING_IGN_CASE("SubStringIgnCase"),
    SADDR("SAddr"),
    NOT_SADDR("NotSAddr"),
    DADDR("DAddr"),
    NOT_DADDR("NotDAddr"),
    SPORT("SPort"),
    NOT_SPORT("NotSPort"),
    SPORT_PRIV("SPortPriv"),
    NOT_SPORT_PRIV("NotSPortPriv"),
    DPORT("DPort"),
    NOT_DPORT("NotDPort"),
    DPORT_PRIV("DPortPriv"),
    NOT_DPORT_PRIV("NotDPortPriv"),
    PROTOCOL("Protocol"),
    FAMILY("Family"),
    STATE("State"),
    CAPABILITIES_GAINED("CapabilitiesGained"),
    FILE_TYPE("FileType"),
    NOT_FILE_TYPE("NotFileType"),
    CEL_EXPR("CelExpr");

    private final List<String> words;

    Operator(String... words) {
        this.words = List.of(words);
    }

    /** Returns the words for it in YAML, the usual one first; case does not matter. */
    public List<String> words() {
        return words;
    }

    /** Returns the usual word. */
    public String word() {
        return words.get(0);
    }

    /** Returns the operator of a word of the schema. */
    public static Operator of(String word) {
        return Arrays.stream(values())
                .filter(operator -> operator.words.contains(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no operator " + word));
    }
}
