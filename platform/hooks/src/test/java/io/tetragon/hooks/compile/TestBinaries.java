// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.sensor.BinarySets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Gives every filter a set of its own, and counts what is given back. */
final class TestBinaries implements BinarySets {
    final List<BinaryFilter> acquired = new ArrayList<>();
    int released;

    @Override
    public int acquire(BinaryFilter filter) {
        acquired.add(filter);
        return acquired.size() - 1;
    }

    @Override
    public void release(int set) {
        released++;
    }

    /** The sets that an execution of a path is in, those only that follow children if that is asked for. */
    BitSet of(String path, boolean following) {
        BitSet sets = new BitSet();
        for (int i = 0; i < acquired.size(); i++) {
            BinaryFilter filter = acquired.get(i);
            sets.set(i, (!following || filter.followChildren()) && contains(filter, path));
        }
        return sets;
    }

    /** Whether a path is in a filter's set, its negation aside. */
    static boolean contains(BinaryFilter filter, String path) {
        return filter.values().stream().anyMatch(value -> switch (filter.match()) {
            case IN, NOT_IN -> path.equals(value);
            case PREFIX, NOT_PREFIX -> path.startsWith(value);
            case POSTFIX, NOT_POSTFIX -> path.endsWith(value);
        });
    }
}
