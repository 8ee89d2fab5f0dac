// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.api.process.Namespaces;
import io.tetragon.hooks.internal.abi.HookFilterFlags;
import io.tetragon.hooks.internal.abi.HookOperator;
import io.tetragon.hooks.internal.abi.HookSubject;
import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.model.CapabilityFilter;
import io.tetragon.policy.model.NamespaceChangeFilter;
import io.tetragon.policy.model.NamespaceFilter;
import io.tetragon.policy.model.NamespaceKind;
import io.tetragon.policy.model.PidFilter;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.sensor.BinarySets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Compiles filters on the process that makes the call. Used by one thread. */
final class ProcessFilters {
    private static final long ALL_NAMESPACES = (1L << NamespaceKind.values().length) - 1;

    private final Values values;
    private final BinarySets binaries;
    private final List<Integer> acquired;
    private final Path procfs;
    private final CompileErrors errors;

    /** @param acquired gets the sets of binaries that have to be given back */
    ProcessFilters(Values values, BinarySets binaries, List<Integer> acquired, Path procfs, CompileErrors errors) {
        this.values = values;
        this.binaries = binaries;
        this.acquired = acquired;
        this.procfs = procfs;
        this.errors = errors;
    }

    List<Filter> compile(Selector selector) throws TetragonException {
        List<Filter> filters = new ArrayList<>();
        for (PidFilter filter : selector.pids()) {
            filters.add(pids(filter));
        }
        for (BinaryFilter filter : selector.binaries()) {
            filters.add(binary(filter, HookSubject.SUBJECT_BINARY));
        }
        for (BinaryFilter filter : selector.parentBinaries()) {
            filters.add(binary(filter, HookSubject.SUBJECT_PARENT_BINARY));
        }
        for (NamespaceFilter filter : selector.namespaces()) {
            filters.add(namespace(filter));
        }
        for (NamespaceChangeFilter filter : selector.namespaceChanges()) {
            filters.add(namespaceChange(filter));
        }
        for (CapabilityFilter filter : selector.capabilities()) {
            filters.add(capability(filter, HookSubject.SUBJECT_CAPABILITY));
        }
        for (CapabilityFilter filter : selector.capabilityChanges()) {
            filters.add(capability(filter, HookSubject.SUBJECT_CAPABILITY_CHANGE));
        }
        if (selector.workloads().restricted()) {
            filters.add(Filter.of(Filter.Cost.NAMESPACE, HookSubject.SUBJECT_WORKLOADS, HookOperator.OPERATOR_EQUAL)
                    .value(selector.workloads().number()));
        }
        return filters;
    }

    private Filter pids(PidFilter filter) throws TetragonException {
        boolean plain = !filter.inNamespace() && !filter.followForks();
        Intervals set = new Intervals(false);
        filter.pids().forEach(pid -> set.add(pid, pid));
        Filter started = Filter.of(plain ? Filter.Cost.REGISTER : Filter.Cost.PROCESS,
                filter.inNamespace() ? HookSubject.SUBJECT_NAMESPACE_PID : HookSubject.SUBJECT_PID,
                HookOperator.OPERATOR_EQUAL);
        return values.among(filter.at(), started.with(HookFilterFlags.FILTER_NOT, filter.negated())
                .with(HookFilterFlags.FILTER_FOLLOW, filter.followForks()), set, false);
    }

    private Filter binary(BinaryFilter filter, int subject) throws TetragonException {
        int set = binaries.acquire(filter);
        acquired.add(set);
        boolean negated = switch (filter.match()) {
            case NOT_IN, NOT_PREFIX, NOT_POSTFIX -> true;
            case IN, PREFIX, POSTFIX -> false;
        };
        return Filter.of(Filter.Cost.BINARY, subject, HookOperator.OPERATOR_EQUAL).value(set)
                .with(HookFilterFlags.FILTER_NOT, negated)
                .with(HookFilterFlags.FILTER_FOLLOW, filter.followChildren());
    }

    private Filter namespace(NamespaceFilter filter) throws TetragonException {
        Intervals set = new Intervals(false);
        filter.inodes().forEach(inode -> set.add(inode, inode));
        if (filter.host()) {
            long host = Integer.toUnsignedLong(host(filter.namespace(), Namespaces.ofHost(procfs)));
            if (host == 0) {
                throw errors.error(TetragonException.Kind.UNSUPPORTED, filter.at(), "host_ns of "
                        + filter.namespace().word(), "the host's namespace cannot be read in " + procfs + "/1/ns",
                        "the kernel may lack this kind of namespace; else give the agent the host's procfs");
            }
            set.add(host, host);
        }
        Filter started = Filter.of(Filter.Cost.NAMESPACE, HookSubject.SUBJECT_NAMESPACE, HookOperator.OPERATOR_EQUAL)
                .slot(filter.namespace().ordinal()).with(HookFilterFlags.FILTER_NOT, filter.negated());
        return values.among(filter.at(), started, set, false);
    }

    private static int host(NamespaceKind kind, Namespaces host) {
        return switch (kind) {
            case UTS -> host.uts();
            case IPC -> host.ipc();
            case MNT -> host.mnt();
            case PID -> host.pid();
            case PID_FOR_CHILDREN -> host.pidForChildren();
            case NET -> host.net();
            case TIME -> host.time();
            case TIME_FOR_CHILDREN -> host.timeForChildren();
            case CGROUP -> host.cgroup();
            case USER -> host.user();
        };
    }

    private static Filter namespaceChange(NamespaceChangeFilter filter) {
        long bits = bits(filter.namespaces());
        return Filter.of(Filter.Cost.NAMESPACE, HookSubject.SUBJECT_NAMESPACE_CHANGE, HookOperator.OPERATOR_MASK)
                .value(filter.negated() ? ~bits & ALL_NAMESPACES : bits);
    }

    private static long bits(Set<NamespaceKind> namespaces) {
        return namespaces.stream().mapToLong(kind -> 1L << kind.ordinal()).reduce(0, (a, b) -> a | b);
    }

    private static Filter capability(CapabilityFilter filter, int subject) {
        int set = switch (filter.set()) {
            case PERMITTED -> 0;
            case EFFECTIVE -> 1;
            case INHERITABLE -> 2;
        };
        return Filter.of(Filter.Cost.CAPABILITY, subject, HookOperator.OPERATOR_MASK).slot(set).value(filter.mask())
                .with(HookFilterFlags.FILTER_NOT, filter.negated())
                .with(HookFilterFlags.FILTER_IN_NAMESPACE, filter.inNamespace());
    }
}
