// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfFs;
import io.tetragon.core.NewContainer;
import io.tetragon.core.PolicyFilter;
import io.tetragon.core.internal.abi.PolicyFilterLimits;
import io.tetragon.core.internal.policyfilter.PolicyFilters.Placed;
import io.tetragon.core.internal.sensor.SharedMaps;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.model.Workloads;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The containers that are known and the filters of the policies in force. What is in both is in the kernel's maps; a change of
 * either changes the entries that it is about, before it returns. Safe for use by any thread.
 */
public final class PolicyFilterRegistry implements PolicyFilter, AutoCloseable {
    private static final Log LOG = Log.of(PolicyFilterRegistry.class);

    private static final int MAX_CONTAINERS = 32768;
    private static final String REMEMBERED = "containers";

    private final boolean debug;
    private final CgroupTree tree;
    /** Null when the filter is off. */
    private final @Nullable FilterMaps maps;
    private final @Nullable GoneCgroups gone;
    /** Null where the next agent need not know what this one does. */
    private final @Nullable RememberedContainers remembered;
    private final Map<Long, Container> containers = new HashMap<>();
    private final Map<Integer, Filter> filters = new HashMap<>();
    private boolean closed;

    PolicyFilterRegistry(boolean debug, CgroupTree tree, @Nullable FilterMaps maps,
            @Nullable RememberedContainers remembered) {
        this.debug = debug;
        this.tree = tree;
        this.maps = maps;
        this.remembered = remembered;
        gone = maps == null ? null : new GoneCgroups(this);
    }

    /**
     * Starts the filter if the flags ask for it. Where an earlier agent kept its sensors, it knows the containers that one knew.
     *
     * @param shared outlive it
     * @throws BpfException when the kernel refuses
     */
    public static PolicyFilterRegistry start(Settings settings, SharedMaps shared) {
        if (!settings.bool("enable-policy-filter")) {
            return new PolicyFilterRegistry(false, new CgroupTree(null), null, null);
        }
        RememberedContainers remembered = remembered(settings);
        FilterMaps maps = FilterMaps.create(shared, settings.bool("enable-policy-filter-cgroup-map"),
                BpfFs.root().resolve(settings.string("bpf-dir")));
        PolicyFilterRegistry registry = new PolicyFilterRegistry(settings.bool("enable-policy-filter-debug"),
                CgroupTree.find(), maps, remembered);
        if (remembered != null) {
            remembered.read().forEach(registry::remember);
        }
        return registry;
    }

    /** Without the flags that keep sensors nothing is in force before this agent that it would have to go on with. */
    private static @Nullable RememberedContainers remembered(Settings settings) {
        Path folder = Path.of(settings.string("run-dir"), REMEMBERED);
        if (settings.bool("keep-sensors-on-exit") || !settings.bool("release-pinned-bpf")) {
            return RememberedContainers.open(folder);
        }
        RememberedContainers.forgetAll(folder);
        return null;
    }

    private void remember(Container container) {
        try {
            put(container);
        } catch (TetragonException e) {
            LOG.warn("container that an earlier agent knew is not known", "container", container.id(), "reason", e.getMessage());
        }
    }

    @Override
    public boolean enabled() {
        return maps != null;
    }

    @Override
    public void announce(NewContainer request) throws TetragonException {
        if (maps == null || gone == null) {
            LOG.debug("container is not kept in mind: the policy filter is off", "container", request.id());
            return;
        }
        put(Container.of(request, tree.resolve(request.cgroupsPath())));
    }

    private void put(Container container) throws TetragonException {
        if (maps == null || gone == null) {
            return;
        }
        synchronized (this) {
            require(!closed, Kind.FAILED_PRECONDITION, "the agent is shutting down", "");
            put(maps, container);
        }
        gone.watch();
        note("container announced", container);
    }

    private void put(FilterMaps kernel, Container container) throws TetragonException {
        long cgroup = container.cgroup().id();
        Container before = containers.get(cgroup);
        if (container.equals(before)) {
            return;
        }
        require(before != null || containers.size() < MAX_CONTAINERS, Kind.RESOURCE_EXHAUSTED,
                "the limit is " + MAX_CONTAINERS + " containers", "remove some");
        try {
            if (before == null) {
                kernel.addContainer(container.cgroup());
            }
            containers.put(cgroup, container);
            sort(kernel, container, before != null);
            if (remembered != null) {
                remembered.put(container);
            }
        } catch (BpfException e) {
            throw failed("take note of a container", e);
        }
    }

    /** Puts a container into the filters that select it and takes it out of the others; after a failure it is unknown. */
    private void sort(FilterMaps kernel, Container container, boolean wasKnown) {
        long cgroup = container.cgroup().id();
        try {
            for (Filter filter : filters.values()) {
                if (filter.selects(container)) {
                    kernel.add(filter.id(), cgroup);
                } else if (wasKnown) {
                    kernel.remove(filter.id(), cgroup);
                }
            }
        } catch (BpfException e) {
            containers.remove(cgroup);
            kernel.removeContainer(container.cgroup(), filters.keySet());
            throw e;
        }
    }

    /** Returns the containers that are known. */
    synchronized List<Container> containers() {
        return List.copyOf(containers.values());
    }

    /** Forgets a container, unless something else was announced of its cgroup meanwhile. */
    synchronized void forget(Container container) {
        if (maps == null || closed || !containers.remove(container.cgroup().id(), container)) {
            return;
        }
        if (remembered != null) {
            remembered.remove(container);
        }
        try {
            maps.removeContainer(container.cgroup(), filters.keySet());
        } catch (BpfException e) {
            LOG.error("cgroup of a container that is gone stays in the policy filter", "container", container.id(),
                    "cgroup", container.cgroup().id(), "reason", e.getMessage());
        }
        note("container is gone", container);
    }

    /**
     * Sets up the filters of a policy and fills them with the containers that are known.
     *
     * @param id the number of the policy's own filter; those of its selectors have the next ones
     * @throws TetragonException FAILED_PRECONDITION when the filter is off, RESOURCE_EXHAUSTED when all are in use
     */
    public PolicyFilters acquire(long id, TracingPolicy policy) throws TetragonException {
        List<Placed> wanted = new ArrayList<>();
        if (policy.filtered()) {
            wanted.add(new Placed(0, new Filter((int) id, policy.namespace(), policy.workloads())));
        }
        for (Workloads selected : policy.selectorWorkloads()) {
            wanted.add(new Placed(selected.number(), new Filter((int) id + selected.number(), "", selected)));
        }
        if (wanted.isEmpty()) {
            return PolicyFilters.NONE;
        }
        if (maps == null) {
            throw new TetragonException(Kind.FAILED_PRECONDITION, "restrict policy " + policy.name(),
                    "the policy filter is off", "start the agent with --enable-policy-filter");
        }
        List<Placed> placed = new ArrayList<>();
        try {
            for (Placed one : wanted) {
                add(maps, one.filter());
                placed.add(one);
            }
        } catch (BpfException e) {
            release(placed);
            throw failed("restrict policy " + policy.name(), e);
        } catch (TetragonException | RuntimeException | Error e) {
            release(placed);
            throw e;
        }
        return new PolicyFilters(this, placed);
    }

    private synchronized void add(FilterMaps kernel, Filter filter) throws TetragonException {
        require(filters.size() < PolicyFilterLimits.POLICY_FILTER_MAPS - 1, Kind.RESOURCE_EXHAUSTED,
                "all " + (PolicyFilterLimits.POLICY_FILTER_MAPS - 1) + " filters are in use",
                "delete a policy that has one");
        kernel.addFilter(filter.id(), filter.workloads().host(),
                containers.values().stream().filter(filter::selects).map(container -> container.cgroup().id()).toList());
        filters.put(filter.id(), filter);
    }

    /** Takes filters out that no program uses any more. */
    synchronized void release(List<Placed> placed) {
        for (Placed one : placed) {
            if (maps == null || closed || filters.remove(one.filter().id()) == null) {
                continue;
            }
            try {
                maps.removeFilter(one.filter().id(), containers.keySet());
            } catch (BpfException e) {
                LOG.error("filter cannot be given back", "filter", one.filter().id(), "reason", e.getMessage());
            }
        }
    }

    synchronized long memoryBytes(List<Placed> placed) {
        return maps == null || closed ? 0
                : placed.stream().mapToLong(one -> maps.memoryBytes(one.filter().id())).sum();
    }

    private void note(String what, Container container) {
        Object[] fields = {"container", container.id(), "cgroup", container.cgroup().id(), "folder",
            container.cgroup().folder(), "namespace", container.namespace(), "pod", container.pod(), "labels", container.labels()};
        if (debug) {
            LOG.info(what, fields);
        } else {
            LOG.debug(what, fields);
        }
    }

    private static void require(boolean condition, Kind kind, String why, String remedy) throws TetragonException {
        if (!condition) {
            throw new TetragonException(kind, "policy filter", why, remedy);
        }
    }

    private static TetragonException failed(String what, BpfException e) {
        return new TetragonException(Kind.RESOURCE_EXHAUSTED, what + ": " + e.operation(), e.reason(), e.remedy(), e);
    }

    /** Behind the last policy. Closing twice does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        if (gone != null) {
            gone.close();
        }
        if (maps != null) {
            maps.close();
        }
    }
}
