// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.kernel;

import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.StandaloneMap;
import io.tetragon.cli.internal.CliException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The maps of the policy filter that an agent has pinned. A failure of the kernel is a {@link BpfException}. Used by one
 * thread.
 */
public final class PolicyFilterMaps implements AutoCloseable {
    /** Stands among the cgroups of a filter that selects the host's processes. */
    public static final long HOST = -1;

    private static final int ALL_CONTAINERS = 1;
    private static final byte[] ONLY = new byte[Integer.BYTES];
    private static final byte[] PRESENT = {1};
    private static final int LEVELS = 8;
    private static final int LEVEL_MAX = 255;

    private final StandaloneMap filters;
    private final Path folder;
    private final @Nullable StandaloneMap cgroups;

    private PolicyFilterMaps(StandaloneMap filters, Path folder, @Nullable StandaloneMap cgroups) {
        this.filters = filters;
        this.folder = folder;
        this.cgroups = cgroups;
    }

    /**
     * Opens the maps.
     *
     * @param path where the map from filters to cgroups is; the others are beside it
     */
    public static PolicyFilterMaps open(Path path) throws CliException {
        Path file = path.toAbsolutePath();
        Path folder = file.getParent();
        if (folder == null || !Files.exists(file)) {
            throw new CliException("there is no map at " + path + ": an agent with --enable-policy-filter pins it there"
                    + " while it runs (see --map-fname)");
        }
        StandaloneMap filters = BpfMap.openPinned(file);
        try {
            if (filters.type() != MapType.HASH_OF_MAPS || filters.keySize() != Integer.BYTES) {
                throw new CliException(path + " is another map than that of the policy filter");
            }
            Path reverse = folder.resolve("policy_filter_cgroup_maps");
            StandaloneMap cgroups = Files.exists(reverse) ? BpfMap.openPinned(reverse) : null;
            return new PolicyFilterMaps(filters, folder, cgroups);
        } catch (CliException | RuntimeException e) {
            filters.close();
            throw e;
        }
    }

    /** Whether the map from cgroups to filters is there. */
    public boolean hasCgroups() {
        return cgroups != null;
    }

    /** Returns the cgroups of each filter. */
    public SortedMap<Integer, SortedSet<Long>> filters() {
        SortedMap<Integer, SortedSet<Long>> all = new TreeMap<>(Integer::compareUnsigned);
        each(filters, (key, inner) -> {
            SortedSet<Long> ids = new TreeSet<>(Long::compareUnsigned);
            inner.forEach((cgroup, present) -> ids.add(buffer(cgroup).getLong()));
            all.put(buffer(key).getInt(), ids);
        });
        return all;
    }

    /** Returns the filters of each cgroup. */
    public SortedMap<Long, SortedSet<Integer>> cgroups() {
        SortedMap<Long, SortedSet<Integer>> all = new TreeMap<>(Comparator.naturalOrder());
        if (cgroups != null) {
            each(cgroups, (key, inner) -> {
                SortedSet<Integer> ids = new TreeSet<>(Integer::compareUnsigned);
                inner.forEach((filter, present) -> ids.add(buffer(filter).getInt()));
                all.put(buffer(key).getLong(), ids);
            });
        }
        return all;
    }

    /** Returns the filters of policies that have a cgroup. */
    public SortedSet<Integer> filtersOf(long cgroup) {
        SortedSet<Integer> found = new TreeSet<>(Integer::compareUnsigned);
        for (Map.Entry<Integer, SortedSet<Long>> filter : filters().entrySet()) {
            if (filter.getKey() != ALL_CONTAINERS && filter.getValue().contains(cgroup)) {
                found.add(filter.getKey());
            }
        }
        return found;
    }

    /** Adds a cgroup to a filter, and has programs look at its level. */
    public void add(int filter, CgroupFolder folder) throws CliException {
        byte[] key = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(filter).array();
        byte[] inner = filters.lookup(key).orElseThrow(() -> new CliException("there is no filter "
                + Integer.toUnsignedString(filter) + ": see FILTERID of tetra tracingpolicy list"));
        byte[] cgroup = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(folder.id()).array();
        addLevel(folder.level());
        try (StandaloneMap map = BpfMap.openById(buffer(inner).getInt())) {
            map.update(cgroup, PRESENT, BpfMap.ANY);
        }
    }

    /** A byte for each level, the uppermost level the lowest. */
    private void addLevel(int level) throws CliException {
        try (StandaloneMap map = BpfMap.openPinned(folder.resolve("policy_filter_levels"))) {
            long all = map.lookup(ONLY).map(bytes -> buffer(bytes).getLong()).orElse(0L);
            SortedSet<Integer> levels = new TreeSet<>();
            for (long left = all; left != 0; left >>>= Byte.SIZE) {
                levels.add((int) (left & LEVEL_MAX));
            }
            if (!levels.add(level)) {
                return;
            }
            if (levels.size() > LEVELS || level > LEVEL_MAX || level == 0) {
                throw new CliException("cgroup is " + level + " levels below the root: the filter looks at up to " + LEVELS
                        + " levels from 1 to " + LEVEL_MAX);
            }
            long changed = 0;
            int shift = 0;
            for (int one : levels) {
                changed |= (long) one << shift;
                shift += Byte.SIZE;
            }
            map.update(ONLY, ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(changed).array(),
                    BpfMap.EXIST);
        }
    }

    private static void each(BpfMap outer, BiConsumer<byte[], StandaloneMap> consumer) {
        outer.forEach((key, number) -> {
            try (StandaloneMap inner = BpfMap.openById(buffer(number).getInt())) {
                consumer.accept(key, inner);
            } catch (BpfException e) {
                // Taken out by the agent between the two calls.
                if (!e.errnoName().equals("ENOENT")) {
                    throw e;
                }
            }
        });
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        filters.close();
        if (cgroups != null) {
            cgroups.close();
        }
    }
}
