// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.hooks.compile.TracepointFormat;
import org.jspecify.annotations.Nullable;

/**
 * Where an argument starts.
 *
 * @param type of the value, null where it is not known; of fields their format says what is
 * @param field of perf tracepoints; null for others
 * @param width bytes that the value has at that place
 */
record Origin(Slot.Place place, @Nullable TypeRef type, TracepointFormat.@Nullable Field field, int width) {
    /** A parameter, or whatever else fills a whole register. */
    static Origin register(int source, int index, @Nullable TypeRef type) {
        return new Origin(new Slot.Place(source, index, 0), type, null, Long.BYTES);
    }

    /** Whether the place holds several values, or texts of some length, rather than one value. */
    boolean compound() {
        return field != null && (field.array() || field.dataLoc() || field.relLoc());
    }
}
