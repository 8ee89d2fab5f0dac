// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.hooks.compile.TracepointFormat;
import io.tetragon.policy.model.ArgumentType;
import org.jspecify.annotations.Nullable;

/**
 * How many bytes of a number are read, and how they are extended. What the kernel has is narrower at times than the type that a
 * policy names for it; the bytes above it are another's.
 */
record NumberShape(int width, boolean signed) {
    /**
     * Returns the shape for a type.
     *
     * @param room bytes that there are
     * @param found the kernel's type of the number, where it is known
     * @param field the tracepoint's field, where it is one
     */
    static NumberShape of(ArgumentType type, int room, @Nullable TypeRef found,
            TracepointFormat.@Nullable Field field) {
        int width = Kinds.width(type);
        int there = found == null ? 0 : TypeChecks.size(found);
        if (there > 0 && there < width && found != null) {
            ArgumentType narrow = TypeReading.of(found.types(), found.id());
            return new NumberShape(there, narrow != null && narrow.signed());
        }
        if (room < width) {
            return new NumberShape(floor(room), field != null ? field.signed() : Kinds.signed(type));
        }
        return new NumberShape(width, Kinds.signed(type));
    }

    /** The widest number that fits. */
    private static int floor(int room) {
        return Integer.highestOneBit(Math.max(1, room));
    }
}
