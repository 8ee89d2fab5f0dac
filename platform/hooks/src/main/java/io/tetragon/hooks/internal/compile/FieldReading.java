// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.hooks.compile.TracepointFormat.Field;
import io.tetragon.policy.model.ArgumentType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which argument type a tracepoint's field is read as. */
final class FieldReading {
    private static final Set<String> CHARACTER_POINTERS = Set.of("char *", "const char *", "char const *");

    private FieldReading() {}

    /**
     * Returns the type of a field; null when nothing reads it.
     *
     * @param sized whether the policy says where the size of what it points to is found
     */
    static @Nullable ArgumentType of(Field field, boolean sized) {
        if (field.dataLoc() || field.relLoc()) {
            return field.type().equals("char") ? ArgumentType.DATA_LOC : null;
        }
        if (field.array()) {
            return field.type().equals("char") ? ArgumentType.STRING : ArgumentType.CONST_BUF;
        }
        if (field.size() == Long.BYTES && CHARACTER_POINTERS.contains(field.type())) {
            return sized ? ArgumentType.CHAR_BUF : ArgumentType.STRING;
        }
        return TypeReading.integer(field.size(), field.signed());
    }
}
