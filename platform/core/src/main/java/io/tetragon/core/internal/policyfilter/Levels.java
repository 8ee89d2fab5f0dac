// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.bpf.BpfMap;
import io.tetragon.core.internal.abi.PolicyFilterLimits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.TreeMap;

/** How far below the root containers are: only there the programs look for them. Used by one thread at a time. */
final class Levels {
    private static final byte[] ONLY = new byte[Integer.BYTES];

    private final BpfMap map;
    /** Of each level, how many containers it has. */
    private final Map<Integer, Integer> counts = new TreeMap<>();

    /** @param map the programs' {@code policy_filter_levels} */
    Levels(BpfMap map) {
        this.map = map;
    }

    /** Adds a container. Returns when programs look at its level. */
    void add(int level) throws TetragonException {
        if (level > PolicyFilterLimits.POLICY_FILTER_LEVEL_MAX) {
            throw new TetragonException(Kind.RESOURCE_EXHAUSTED, "take note of a container", "its cgroup is " + level
                    + " levels below the root", "the limit is " + PolicyFilterLimits.POLICY_FILTER_LEVEL_MAX);
        }
        if (!counts.containsKey(level) && counts.size() == PolicyFilterLimits.POLICY_FILTER_LEVELS) {
            throw new TetragonException(Kind.RESOURCE_EXHAUSTED, "take note of a container", "its cgroup is " + level
                    + " levels below the root, and there are containers at the levels " + counts.keySet(),
                    "the limit is " + PolicyFilterLimits.POLICY_FILTER_LEVELS + " different levels");
        }
        if (counts.merge(level, 1, Integer::sum) > 1) {
            return;
        }
        try {
            write();
        } catch (RuntimeException | Error e) {
            counts.remove(level);
            throw e;
        }
    }

    void remove(int level) {
        if (counts.merge(level, -1, (old, less) -> old + less == 0 ? null : old + less) == null) {
            write();
        }
    }

    /** The uppermost level is the lowest byte. */
    private void write() {
        long bytes = 0;
        int shift = 0;
        for (int level : counts.keySet()) {
            bytes |= (long) level << shift;
            shift += Byte.SIZE;
        }
        map.update(ONLY, ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes).array(),
                BpfMap.ANY);
    }
}
