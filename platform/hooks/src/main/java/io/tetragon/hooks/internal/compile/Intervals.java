// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Sets of 64-bit numbers as intervals that neither overlap nor touch, in ascending order, signed or unsigned. */
final class Intervals {
    /** Numbers from one to another, both included. */
    record Interval(long from, long to) {}

    private final boolean signed;
    private final List<Interval> given = new ArrayList<>();

    Intervals(boolean signed) {
        this.signed = signed;
    }

    void add(long from, long to) {
        given.add(new Interval(from, to));
    }

    int compare(long a, long b) {
        return signed ? Long.compare(a, b) : Long.compareUnsigned(a, b);
    }

    /** Returns the set with intervals that overlap or touch joined. */
    List<Interval> joined() {
        List<Interval> sorted = new ArrayList<>(given);
        Comparator<Interval> byStart = (a, b) -> compare(a.from, b.from);
        sorted.sort(byStart);
        List<Interval> joined = new ArrayList<>();
        for (Interval next : sorted) {
            Interval last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
            if (last != null && (compare(next.from, last.to) <= 0 || next.from == last.to + 1)) {
                joined.set(joined.size() - 1,
                        new Interval(last.from, compare(next.to, last.to) > 0 ? next.to : last.to));
            } else {
                joined.add(next);
            }
        }
        return joined;
    }

    /** Returns how many numbers are in joined intervals, but no more than a limit and one. */
    static long count(List<Interval> joined, long limit) {
        long count = 0;
        for (Interval interval : joined) {
            long width = interval.to - interval.from;
            if (width < 0 || width >= limit || (count += width + 1) > limit) {
                return limit + 1;
            }
        }
        return count;
    }
}
