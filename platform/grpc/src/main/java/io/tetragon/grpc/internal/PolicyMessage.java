// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import com.google.protobuf.UInt32Value;
import io.tetragon.core.PolicyCounters;
import io.tetragon.core.PolicyStatus;
import io.tetragon.core.PolicyStatus.Mode;
import io.tetragon.core.PolicyStatus.State;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.proto.HookState;
import io.tetragon.proto.HookStatus;
import io.tetragon.proto.TracingPolicyActionCounters;
import io.tetragon.proto.TracingPolicyMode;
import io.tetragon.proto.TracingPolicySelectorActionCounters;
import io.tetragon.proto.TracingPolicyState;
import io.tetragon.proto.TracingPolicyStats;
import io.tetragon.proto.TracingPolicyStatus;
import java.util.Set;

/** A policy's status as clients know it. */
final class PolicyMessage {
    /** Tetragon lists the hooks of the sections whose hooks may be there in part. */
    private static final Set<String> WITHOUT_HOOKS = Set.of("tracepoints", "lsmhooks", "usdts");

    private PolicyMessage() {}

    @SuppressWarnings("deprecation") // older clients read `enabled`
    static TracingPolicyStatus of(PolicyStatus policy) {
        TracingPolicyStatus.Builder message = TracingPolicyStatus.newBuilder()
                .setId(policy.id())
                .setName(policy.key().name())
                .setNamespace(policy.key().namespace())
                .setDomain(policy.key().domain())
                .addAllSensors(policy.sensors())
                .setEnabled(isLoaded(policy.state()))
                .setState(state(policy.state()))
                .setError(policy.error())
                .setFilterId(policy.filterId())
                .setKernelMemoryBytes(policy.kernelMemoryBytes())
                .setMode(mode(policy.mode()));
        if (!policy.selectors().isEmpty()) {
            message.setStats(stats(policy));
        }
        for (PolicyStatus.Hook hook : policy.hooks()) {
            if (!WITHOUT_HOOKS.contains(hook.section())) {
                message.addHookStatuses(HookStatus.newBuilder()
                        .setSection(hook.section())
                        .setHookIdx(hook.index())
                        .setHookDescription(hook.description())
                        .setState(state(hook.state())));
            }
        }
        return message.build();
    }

    /** Returns the mode that a client asks for. */
    static Mode mode(TracingPolicyMode mode) {
        return switch (mode) {
            case TP_MODE_ENFORCE -> Mode.ENFORCE;
            case TP_MODE_MONITOR -> Mode.MONITOR;
            case TP_MODE_MONITOR_ONLY -> Mode.MONITOR_ONLY;
            case TP_MODE_UNKNOWN, UNRECOGNIZED -> Mode.UNKNOWN;
        };
    }

    private static TracingPolicyMode mode(Mode mode) {
        return switch (mode) {
            case UNKNOWN -> TracingPolicyMode.TP_MODE_UNKNOWN;
            case ENFORCE -> TracingPolicyMode.TP_MODE_ENFORCE;
            case MONITOR -> TracingPolicyMode.TP_MODE_MONITOR;
            case MONITOR_ONLY -> TracingPolicyMode.TP_MODE_MONITOR_ONLY;
        };
    }

    private static boolean isLoaded(State state) {
        return state == State.ENABLED || state == State.PARTIALLY_ENABLED;
    }

    private static TracingPolicyState state(State state) {
        return switch (state) {
            case ENABLED -> TracingPolicyState.TP_STATE_ENABLED;
            case PARTIALLY_ENABLED -> TracingPolicyState.TP_STATE_PARTIALLY_ENABLED;
            case DISABLED -> TracingPolicyState.TP_STATE_DISABLED;
            case LOAD_ERROR -> TracingPolicyState.TP_STATE_LOAD_ERROR;
            case ERROR -> TracingPolicyState.TP_STATE_ERROR;
            case LOADING -> TracingPolicyState.TP_STATE_LOADING;
            case UNLOADING -> TracingPolicyState.TP_STATE_UNLOADING;
        };
    }

    private static HookState state(PolicyPlan.State state) {
        return switch (state) {
            // The interface has no word for it; the hook's description says it.
            case LOADED, SIGNAL_ONLY -> HookState.STATUS_LOADED;
            case CALL_NOT_FOUND -> HookState.STATUS_CALL_NOT_FOUND;
            case PARTIAL_CALL_NOT_FOUND -> HookState.STATUS_PARTIAL_CALL_NOT_FOUND;
        };
    }

    /** Selectors that took no action yet are left out, as Tetragon does. */
    private static TracingPolicyStats stats(PolicyStatus policy) {
        TracingPolicyStats.Builder stats = TracingPolicyStats.newBuilder().setActionCounters(counters(policy.counters()));
        for (PolicyStatus.SelectorCounters selector : policy.selectors()) {
            if (!selector.counters().equals(PolicyCounters.ZERO)) {
                stats.addSelectorActionCounters(TracingPolicySelectorActionCounters.newBuilder()
                        .setHook(selector.hook())
                        .setHookIndex(UInt32Value.of(selector.hookIndex()))
                        .setSelectorIndex(UInt32Value.of(selector.selectorIndex()))
                        .setSelectorLabel(selector.label())
                        .setActionCounters(counters(selector.counters())));
            }
        }
        return stats.build();
    }

    private static TracingPolicyActionCounters counters(PolicyCounters counters) {
        return TracingPolicyActionCounters.newBuilder()
                .setPost(counters.post())
                .setSignal(counters.signal())
                .setMonitorSignal(counters.monitorSignal())
                .setOverride(counters.override())
                .setMonitorOverride(counters.monitorOverride())
                .setNotifyEnforcer(counters.notifyEnforcer())
                .setMonitorNotifyEnforcer(counters.monitorNotifyEnforcer())
                .setSet(counters.set())
                .setMonitorSet(counters.monitorSet())
                .setNopost(counters.noPost())
                .build();
    }
}
