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
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which filters each container's cgroup is in, as a map of maps that users look at; no program does. Cgroups that are in no
 * filter take no room; those for which there is none are left out, which is logged once. Used by one thread at a time.
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
    private final Map<Long, Filters> cgroups = new HashMap<>();
    private boolean full;

    /** Those of one cgroup. */
    private record Filters(StandaloneMap map, Set<Integer> ids) {}

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
            Filters filters = cgroups.get(cgroup);
            if (filters == null) {
                if (cgroups.size() >= MAX_CGROUPS) {
                    leaveOut(cgroup);
                    return;
                }
                filters = add(cgroup);
            }
            filters.map().update(key(filter), PRESENT, BpfMap.ANY);
            filters.ids().add(filter);
        } catch (BpfException e) {
            LOG.warn("cgroup is missing in the map of cgroups", "cgroup", cgroup, "filter", filter, "reason",
                    e.getMessage());
        }
    }

    private void leaveOut(long cgroup) {
        if (!full) {
            full = true;
            LOG.warn("cgroups are missing in the map of cgroups", "first", cgroup, "reason", "the limit is " + MAX_CGROUPS);
        }
    }

    private Filters add(long cgroup) {
        Filters filters = new Filters(BpfMap.create(INNER), new HashSet<>());
        try {
            outer.update(key(cgroup), filters.map(), BpfMap.ANY);
        } catch (BpfException e) {
            filters.map().close();
            throw e;
        }
        cgroups.put(cgroup, filters);
        return filters;
    }

    void remove(long cgroup, int filter) {
        Filters filters = cgroups.get(cgroup);
        if (filters == null || !filters.ids().remove(filter)) {
            return;
        }
        filters.map().delete(key(filter));
        if (filters.ids().isEmpty()) {
            remove(cgroup);
        }
    }

    void remove(long cgroup) {
        Filters filters = cgroups.remove(cgroup);
        if (filters != null) {
            outer.delete(key(cgroup));
            filters.map().close();
        }
    }

    @Override
    public void close() {
        cgroups.values().forEach(filters -> filters.map().close());
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
