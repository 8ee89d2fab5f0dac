// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

/**
 * A field as declared.
 *
 * @param required whether it must be given
 * @param nullable whether null is as good as leaving it out; elsewhere null is an error, because a selector whose
 *     values were commented out would match everything
 * @param instead the name that replaced this one; empty while it is current
 */
record Field(String name, FieldType type, boolean required, boolean nullable, String instead) {
    static Field of(String name, FieldType type) {
        return new Field(name, type, false, false, "");
    }

    Field must() {
        return new Field(name, type, true, nullable, instead);
    }

    Field orNull() {
        return new Field(name, type, required, true, instead);
    }

    Field replacedBy(String newer) {
        return new Field(name, type, required, nullable, newer);
    }
}
