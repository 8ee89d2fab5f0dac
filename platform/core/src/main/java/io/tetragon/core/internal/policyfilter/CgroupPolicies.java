// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.StandaloneMap;
import io.tetragon.core.internal.abi.PolicyFilterLimits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * Which filters each container's cgroup is in, as a map of maps that users look at; no program does. What it cannot hold is
 * logged and left out. Used by one thread at a time.
 */
final class CgroupPolicies implements AutoCloseable {
    private static final Log LOG = Log.of(CgroupPolicies.class);

    private static final int MAX_CGROUPS = 1024;
    private static final byte[] PRESENT = {1};
    private static final MapSpec OUTER = new MapSpec("policy_filter_cgroup_maps", MapType.HASH_OF_MAPS, Long.BYTES,
            Integer.BYTES, MAX_CGROUPS, 0);
    private static final MapSpec INNER = new MapSpec("cgroup_policies", MapType.HASH, Integer.BYTES, PRESENT.length,
            PolicyFilterLimits.POLICY_FILTER_MAPS, MapSpec.NO_PREALLOC);

    private final StandaloneMap outer;
    private final Map<Long, StandaloneMap> cgroups = new HashMap<>();

    CgroupPolicies() {
        try (StandaloneMap example = BpfMap.create(INNER)) {
            outer = BpfMap.create(OUTER, example);
        }
    }

    StandaloneMap map() {
        return outer;
    }

    void put(long cgroup, int filter) {
        try {
            StandaloneMap filters = cgroups.get(cgroup);
            if (filters == null) {
                filters = add(cgroup);
            }
            filters.update(key(filter), PRESENT, BpfMap.ANY);
        } catch (BpfException e) {
            LOG.warn("cgroup is missing in the map of cgroups", "cgroup", cgroup, "filter", filter, "reason",
                    e.getMessage());
        }
    }

    private StandaloneMap add(long cgroup) {
        StandaloneMap filters = BpfMap.create(INNER);
        try {
            outer.update(key(cgroup), filters, BpfMap.ANY);
        } catch (BpfException e) {
            filters.close();
            throw e;
        }
        cgroups.put(cgroup, filters);
        return filters;
    }

    void remove(long cgroup, int filter) {
        StandaloneMap filters = cgroups.get(cgroup);
        if (filters != null) {
            filters.delete(key(filter));
        }
    }

    void remove(long cgroup) {
        StandaloneMap filters = cgroups.remove(cgroup);
        if (filters != null) {
            outer.delete(key(cgroup));
            filters.close();
        }
    }

    @Override
    public void close() {
        cgroups.values().forEach(StandaloneMap::close);
        cgroups.clear();
        outer.close();
    }

    private static byte[] key(long cgroup) {
        return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(cgroup).array();
    }

    private static byte[] key(int filter) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(filter).array();
    }
}
