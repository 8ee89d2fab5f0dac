// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import java.util.List;

/** What a field may hold. */
sealed interface FieldType {

    /** A text. */
    record Text() implements FieldType {}

    /** One of some words; {@code anyCase} where upstream's parser takes any spelling. */
    record Words(List<String> words, boolean anyCase) implements FieldType {}

    /** True or false. */
    record Flag() implements FieldType {}

    /** An integer. */
    record Whole(long min, long max) implements FieldType {}

    /** A list; {@code max} entries, or no limit when it is 0. */
    record ListOf(FieldType element, int max) implements FieldType {}

    /** A mapping from names of the user's choice. */
    record MapOf(FieldType value) implements FieldType {}

    /** Fields of their own. */
    record Group(ObjectSchema schema) implements FieldType {}

    /** What Kubernetes keeps in a stored object, none of our business. */
    record Foreign() implements FieldType {}

    /** Returns the name of the type as an error says it. */
    default String article() {
        if (this instanceof Flag) {
            return "true or false";
        }
        if (this instanceof Whole) {
            return "an integer";
        }
        if (this instanceof ListOf) {
            return "a list";
        }
        if (this instanceof MapOf || this instanceof Group) {
            return "a mapping";
        }
        return "a text";
    }
}
