// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.hooks.compile.ResolvedArgument;
import java.util.List;

/**
 * An argument as the programs are told to read it.
 *
 * @param kind a {@code KIND_*}
 * @param flags of {@code ARGUMENT_*}
 * @param width bytes of the number, or of the value that it starts from; 0 when it starts from the place's own address
 * @param size bytes of the array that is read; 0 where there is none, or it is not known
 * @param steps from the value to what is read
 */
public record Slot(
        ResolvedArgument resolved,
        int kind,
        Place place,
        int flags,
        int width,
        int size,
        SizeFrom sizeFrom,
        List<Step> steps) {
    public Slot {
        steps = List.copyOf(steps);
    }

    /**
     * Where the value comes from.
     *
     * @param source a {@code SOURCE_*}
     * @param index of parameters
     * @param offset of fields and registers
     */
    record Place(int source, int index, int offset) {}

    /**
     * Where the size of a buffer comes from; of perf tracepoints a field, of others a parameter.
     *
     * @param parameter {@link #NO_PARAMETER} when it is a field, or nothing
     */
    record SizeFrom(int parameter, int offset, int width) {
        static final int NO_PARAMETER = 0xff;
        static final SizeFrom NOWHERE = new SizeFrom(NO_PARAMETER, 0, 0);
    }

    /** A step: the offset is added, then a pointer followed if that is asked for. */
    record Step(int offset, boolean dereference) {}
}
