// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.StandaloneMap;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * The cgroups of one filter, as the programs see them: a map within a map. When it is full, one of twice its size takes its
 * place at once, so small filters cost little and none has a limit. Used by one thread at a time.
 */
final class CgroupSet implements AutoCloseable {
    private static final int SMALLEST = 64;
    private static final byte[] PRESENT = {1};

    private final BpfMap outer;
    private final byte[] key;
    private final Set<Long> cgroups;
    private StandaloneMap inner;
    private int capacity;

    private CgroupSet(BpfMap outer, byte[] key, Set<Long> cgroups, StandaloneMap inner, int capacity) {
        this.outer = outer;
        this.key = key;
        this.cgroups = cgroups;
        this.inner = inner;
        this.capacity = capacity;
    }

    /**
     * Puts a set into the map of maps, wholly or not at all.
     *
     * @throws BpfException when the kernel refuses
     */
    static CgroupSet create(BpfMap outer, int id, Collection<Long> cgroups) {
        int capacity = Math.max(SMALLEST, Integer.highestOneBit(Math.max(1, cgroups.size())) * 2);
        byte[] key = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(id).array();
        return new CgroupSet(outer, key, new HashSet<>(cgroups), put(outer, key, cgroups, capacity), capacity);
    }

    private static StandaloneMap put(BpfMap outer, byte[] key, Collection<Long> cgroups, int capacity) {
        StandaloneMap map = BpfMap.create(new MapSpec("policy_cgroups", MapType.HASH, Long.BYTES, PRESENT.length, capacity,
                MapSpec.NO_PREALLOC));
        try {
            map.updateAll(cgroups.stream().map(id -> new BpfMap.Entry(bytes(id), PRESENT)).toList());
            outer.update(key, map, BpfMap.ANY);
            return map;
        } catch (RuntimeException | Error e) {
            map.close();
            throw e;
        }
    }

    void add(long cgroup) {
        if (cgroups.contains(cgroup)) {
            return;
        }
        if (cgroups.size() >= capacity) {
            StandaloneMap larger = put(outer, key, cgroups, capacity * 2);
            inner.close();
            inner = larger;
            capacity *= 2;
        }
        inner.update(bytes(cgroup), PRESENT, BpfMap.ANY);
        cgroups.add(cgroup);
    }

    void remove(long cgroup) {
        if (cgroups.remove(cgroup)) {
            inner.delete(bytes(cgroup));
        }
    }

    /** Returns the bytes of kernel memory that it takes. */
    long memoryBytes() {
        return inner.memoryBytes();
    }

    /** Takes it out of the map of maps: no program looks for it any more. */
    void remove() {
        try {
            outer.delete(key);
        } finally {
            close();
        }
    }

    /** Lets go of it. Programs that outlive the agent still find it. */
    @Override
    public void close() {
        inner.close();
    }

    private static byte[] bytes(long number) {
        return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array();
    }
}
