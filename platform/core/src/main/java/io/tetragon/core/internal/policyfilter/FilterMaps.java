// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.core.internal.abi.PolicyFilterIds;
import io.tetragon.core.internal.sensor.SharedMaps;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The filter's maps in the kernel. Each change is done when its call returns. Used by one thread at a time. */
final class FilterMaps implements AutoCloseable {
    /** POLICY_FILTER_HOST_KEY; programs are told by a flag, the key is for those who read the map. */
    private static final long HOST = -1;

    private static final String FILTERS = "policy_filter_maps";
    private static final String LEVELS = "policy_filter_levels";
    private static final String CGROUPS = "policy_filter_cgroup_maps";

    private final BpfMap outer;
    private final Levels levels;
    private final CgroupSet all;
    private final @Nullable CgroupPolicies cgroups;
    private final Map<Integer, CgroupSet> filters = new HashMap<>();
    private final FilterPins pins;

    private FilterMaps(SharedMaps shared, CgroupSet all, @Nullable CgroupPolicies cgroups, Path folder) {
        this.all = all;
        this.cgroups = cgroups;
        outer = shared.map(FILTERS);
        levels = new Levels(shared.map(LEVELS));
        Map<String, BpfMap> pinned = new LinkedHashMap<>(Map.of(FILTERS, outer, LEVELS, shared.map(LEVELS)));
        if (cgroups != null) {
            pinned.put(CGROUPS, cgroups.map());
        }
        pins = new FilterPins(folder, pinned);
    }

    /**
     * @param reverse whether the map from cgroups to filters is kept as well
     * @param folder where the maps are pinned
     */
    static FilterMaps create(SharedMaps shared, boolean reverse, Path folder) {
        CgroupSet all = CgroupSet.create(shared.map(FILTERS), PolicyFilterIds.POLICY_FILTER_ALL, List.of());
        try {
            return new FilterMaps(shared, all, reverse ? new CgroupPolicies() : null, folder);
        } catch (RuntimeException | Error e) {
            all.remove();
            throw e;
        }
    }

    /** Makes a cgroup known as a container's: no host process is in it or below it any more. Wholly or not at all. */
    void addContainer(Cgroup cgroup) throws TetragonException {
        levels.add(cgroup.level());
        try {
            all.add(cgroup.id());
        } catch (RuntimeException | Error e) {
            levels.remove(cgroup.level());
            throw e;
        }
    }

    void removeContainer(Cgroup cgroup, Collection<Integer> from) {
        from.forEach(filter -> remove(filter, cgroup.id()));
        if (cgroups != null) {
            cgroups.remove(cgroup.id());
        }
        all.remove(cgroup.id());
        levels.remove(cgroup.level());
    }

    void addFilter(int filter, boolean host, Collection<Long> selected) {
        List<Long> keys = new ArrayList<>(selected);
        if (host) {
            keys.add(HOST);
        }
        filters.put(filter, CgroupSet.create(outer, filter, keys));
        if (cgroups != null) {
            selected.forEach(cgroup -> cgroups.put(cgroup, filter));
        }
    }

    void removeFilter(int filter, Collection<Long> of) {
        CgroupSet set = filters.remove(filter);
        if (cgroups != null) {
            of.forEach(cgroup -> cgroups.remove(cgroup, filter));
        }
        if (set != null) {
            set.remove();
        }
    }

    void add(int filter, long cgroup) {
        CgroupSet set = filters.get(filter);
        if (set != null) {
            set.add(cgroup);
            if (cgroups != null) {
                cgroups.put(cgroup, filter);
            }
        }
    }

    void remove(int filter, long cgroup) {
        CgroupSet set = filters.get(filter);
        if (set != null) {
            set.remove(cgroup);
            if (cgroups != null) {
                cgroups.remove(cgroup, filter);
            }
        }
    }

    long memoryBytes(int filter) {
        CgroupSet set = filters.get(filter);
        return set == null ? 0 : set.memoryBytes();
    }

    /** Lets go of the maps and leaves in them what is there: policies that are kept in force go on by it. */
    @Override
    public void close() {
        pins.close();
        filters.values().forEach(CgroupSet::close);
        filters.clear();
        all.close();
        if (cgroups != null) {
            cgroups.close();
        }
    }
}
