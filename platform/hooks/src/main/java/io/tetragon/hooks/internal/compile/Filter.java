// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

/**
 * A filter as the programs are told it; the numbers are those of the C header.
 *
 * @param cost what it is sorted by within its selector: the cheap ones come first
 */
record Filter(
        Cost cost, int subject, int operator, int flags, int view, int slot, int other, int first, int count, int key,
        int longest, long value) {

    /** What a filter costs, in the order of the hundreds of nanoseconds it takes. */
    enum Cost {
        /** A number that lies in a register. */
        REGISTER,
        /** A number in the task, or in the map of processes. */
        PROCESS,
        BINARY,
        NAMESPACE,
        CAPABILITY,
        /** A number behind pointers. */
        MEMORY,
        /** A lookup in a map of numbers, or an expression. */
        SET,
        SOCKET,
        SUBNET,
        FILE,
        TEXT,
        SUBSTRING
    }

    static Filter of(Cost cost, int subject, int operator) {
        return new Filter(cost, subject, operator, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    Filter with(int flag) {
        return new Filter(cost, subject, operator, flags | flag, view, slot, other, first, count, key, longest, value);
    }

    Filter with(int flag, boolean set) {
        return set ? with(flag) : this;
    }

    Filter slot(int number) {
        return new Filter(cost, subject, operator, flags, view, number, other, first, count, key, longest, value);
    }

    Filter other(int number) {
        return new Filter(cost, subject, operator, flags, view, slot, number, first, count, key, longest, value);
    }

    Filter view(int number) {
        return new Filter(cost, subject, operator, flags, number, slot, other, first, count, key, longest, value);
    }

    Filter pool(int begin, int entries) {
        return new Filter(cost, subject, operator, flags, view, slot, other, begin, entries, key, longest, value);
    }

    Filter key(int number) {
        return new Filter(cost, subject, operator, flags, view, slot, other, first, count, number, longest, value);
    }

    Filter longest(int bytes) {
        return new Filter(cost, subject, operator, flags, view, slot, other, first, count, key, bytes, value);
    }

    Filter value(long bits) {
        return new Filter(cost, subject, operator, flags, view, slot, other, first, count, key, longest, bits);
    }

    /** The same, compared in another way; pool, key and value are to be given anew. */
    Filter operator(Cost newCost, int newOperator) {
        return new Filter(newCost, subject, newOperator, flags, view, slot, other, 0, 0, 0, 0, 0);
    }
}
