// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.core.PolicyCounters;
import io.tetragon.core.PolicyKey;
import io.tetragon.core.PolicyStatus;
import io.tetragon.core.PolicyStatus.Mode;
import io.tetragon.core.PolicyStatus.State;
import io.tetragon.policy.model.PolicyOptions;
import io.tetragon.policy.model.TracingPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of one policy. Control thread only, but for what {@link #view} returns. */
final class PolicyEntry {
    final long id;
    final PolicyKey key;
    /** Null where the text could not be read. */
    final @Nullable TracingPolicy policy;
    State state = State.LOADING;
    String error = "";
    /** What a user asked for while it was here; null if nobody did. */
    @Nullable Mode wanted;
    /** The sensors that serve it. */
    List<String> needs = List.of();
    @Nullable LoadedPolicy loaded;
    /** The file that keeps it; null if none does. */
    @Nullable String file;
    /** What is in the file; null where that was not to be believed. */
    @Nullable KeptPolicy kept;
    /** Whether it is loaded as soon as all its sensors are there. */
    boolean waiting;
    /** Whether it stands for a file whose policy has the name of another. */
    boolean duplicate;

    PolicyEntry(long id, PolicyKey key, @Nullable TracingPolicy policy) {
        this.id = id;
        this.key = key;
        this.policy = policy;
    }

    /** Tells whether it uses a sensor, or would if it were there. */
    boolean wants(String sensor) {
        return (loaded != null || waiting || state == State.LOADING) && needs.contains(sensor);
    }

    void fail(State failed, String text) {
        state = failed;
        error = text;
    }

    /** Returns the mode in force: the user's wish goes before the policy's option. */
    Mode mode() {
        TracingPolicy known = policy;
        if (known == null || known.hooks().isEmpty() && known.enforcer() == null) {
            return Mode.UNKNOWN;
        }
        if (!known.enforces()) {
            return Mode.MONITOR_ONLY;
        }
        if (wanted != null) {
            return wanted;
        }
        return known.options().mode() == PolicyOptions.Mode.MONITOR ? Mode.MONITOR : Mode.ENFORCE;
    }

    View view() {
        LoadedPolicy now = loaded;
        TracingPolicy known = policy;
        return new View(id, key, state, error, known != null && known.filtered() ? id : 0,
                state == State.LOAD_ERROR ? Mode.UNKNOWN : mode(), now,
                now == null ? List.of() : now.sensorNames());
    }

    /** A policy as it was at the last change. For any thread. */
    record View(long id, PolicyKey key, State state, String error, long filterId, Mode mode, @Nullable LoadedPolicy loaded,
            List<String> sensors) {
        /** Adds the figures of this moment. */
        PolicyStatus status() {
            LoadedPolicy now = loaded;
            if (now == null) {
                return new PolicyStatus(id, key, state, error, filterId, sensors, 0, mode, PolicyCounters.ZERO, List.of(),
                        List.of());
            }
            List<PolicyStatus.SelectorCounters> selectors = now.counters();
            PolicyCounters sum = selectors.stream().map(PolicyStatus.SelectorCounters::counters)
                    .reduce(PolicyCounters.ZERO, PolicyCounters::plus);
            return new PolicyStatus(id, key, state, error, filterId, sensors, now.kernelMemoryBytes(), mode, sum, selectors,
                    now.hooks());
        }
    }
}
