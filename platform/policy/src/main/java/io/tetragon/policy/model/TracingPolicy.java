// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A checked policy. Immutable, hence safe to share between threads.
 *
 * @param namespace of a namespaced policy; empty for others
 * @param loader whether loaded libraries are reported
 * @param enforcer null when there is none
 * @param workloads whom the policy is for, within its namespace
 * @param nodes on which nodes it is for; null means on all
 */
public record TracingPolicy(
        PolicyKind kind,
        String name,
        String namespace,
        Map<String, String> labels,
        Map<String, String> annotations,
        List<KprobeSpec> kprobes,
        List<FentrySpec> fentries,
        List<TracepointSpec> tracepoints,
        List<UprobeSpec> uprobes,
        List<UsdtSpec> usdts,
        List<LsmSpec> lsmhooks,
        boolean loader,
        List<ListSpec> lists,
        @Nullable EnforcerSpec enforcer,
        PolicyOptions options,
        Workloads workloads,
        @Nullable LabelSelector nodes) {
    public TracingPolicy {
        labels = Map.copyOf(labels);
        annotations = Map.copyOf(annotations);
        kprobes = List.copyOf(kprobes);
        fentries = List.copyOf(fentries);
        tracepoints = List.copyOf(tracepoints);
        uprobes = List.copyOf(uprobes);
        usdts = List.copyOf(usdts);
        lsmhooks = List.copyOf(lsmhooks);
        lists = List.copyOf(lists);
    }

    /** Returns the hooks of all kinds. */
    public List<HookSpec> hooks() {
        List<HookSpec> hooks = new ArrayList<>();
        hooks.addAll(kprobes);
        hooks.addAll(fentries);
        hooks.addAll(tracepoints);
        hooks.addAll(uprobes);
        hooks.addAll(usdts);
        hooks.addAll(lsmhooks);
        return hooks;
    }

    /** Returns the hooks of a section of the policy, such as {@code kprobes}; none of those that list no hooks. */
    public List<? extends HookSpec> hooks(String section) {
        return switch (section) {
            case "kprobes" -> kprobes;
            case "fentries" -> fentries;
            case "tracepoints" -> tracepoints;
            case "uprobes" -> uprobes;
            case "usdts" -> usdts;
            case "lsmhooks" -> lsmhooks;
            default -> List.of();
        };
    }

    /** Returns the functions and tracepoints at which it signals without keeping the call itself from being carried out. */
    public List<Position> signalsWithoutPreventing() {
        return hooks().stream()
                .filter(hook -> hook.selectors().stream()
                        .anyMatch(selector -> signalsOnly(selector.actions()) || signalsOnly(selector.returnActions())))
                .map(HookSpec::at)
                .toList();
    }

    private static boolean signalsOnly(List<Action> actions) {
        boolean signals = actions.stream().anyMatch(action -> action instanceof Action.Sigkill
                || action instanceof Action.Signal
                || action instanceof Action.NotifyEnforcer notify && notify.signal() != 0);
        boolean prevents = actions.stream().anyMatch(action -> action instanceof Action.Override
                || action instanceof Action.NotifyEnforcer notify && notify.error() != 0);
        return signals && !prevents;
    }

    /** Whether the policy is for some processes only, by where they run. */
    public boolean filtered() {
        return kind == PolicyKind.NAMESPACED || workloads.restricted();
    }

    /** Returns the different {@code matchWorkloads} of its selectors, by number. */
    public List<Workloads> selectorWorkloads() {
        return hooks().stream()
                .flatMap(hook -> hook.selectors().stream())
                .map(Selector::workloads)
                .filter(selected -> selected.number() > 0)
                .distinct()
                .sorted(Comparator.comparingInt(Workloads::number))
                .toList();
    }

    /** Whether any action interferes, so that the policy's mode matters. */
    public boolean enforces() {
        return hooks().stream().anyMatch(HookSpec::enforces);
    }
}
