// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import io.tetragon.policy.sensor.PolicyPlan;
import java.util.List;

/**
 * What is known of a policy at one moment.
 *
 * @param id number of this agent's policies, from 2 upward
 * @param key what tells it apart
 * @param state how far it came
 * @param error why it is in state load_error or error, one line, otherwise empty
 * @param filterId number of its policy filter; 0 when it is for every process
 * @param sensors what serves it, by the names that Tetragon uses, such as {@code generic_kprobe}
 * @param kernelMemoryBytes what its programs and its own maps take
 * @param mode whether its enforcing actions are taken
 * @param counters of all selectors together
 * @param selectors counters by selector
 * @param hooks its hooks, in the order of the policy
 */
public record PolicyStatus(
        long id,
        PolicyKey key,
        State state,
        String error,
        long filterId,
        List<String> sensors,
        long kernelMemoryBytes,
        Mode mode,
        PolicyCounters counters,
        List<SelectorCounters> selectors,
        List<Hook> hooks) {
    public PolicyStatus {
        sensors = List.copyOf(sensors);
        selectors = List.copyOf(selectors);
        hooks = List.copyOf(hooks);
    }

    /** How far a policy came. */
    public enum State {
        /** Its hooks are attached. */
        ENABLED,
        /** Likewise, but for functions that this kernel lacks and the policy does not insist on. */
        PARTIALLY_ENABLED,
        /** A user switched it off. */
        DISABLED,
        /** It could not be loaded. */
        LOAD_ERROR,
        /** It was loaded until a sensor went that it needs; when that is back, it is loaded again. */
        ERROR,
        LOADING,
        UNLOADING
    }

    /** Whether enforcing actions are taken. */
    public enum Mode {
        /** There is nothing that could have a mode. */
        UNKNOWN,
        ENFORCE,
        /** They are only counted. */
        MONITOR,
        /** It has none. */
        MONITOR_ONLY
    }

    /**
     * A hook.
     *
     * @param section such as {@code kprobes}
     * @param index position in the section
     * @param description such as the function's name
     */
    public record Hook(String section, int index, String description, PolicyPlan.State state) {}

    /**
     * The counters of one selector.
     *
     * @param hook the hook's description
     * @param hookIndex the hook's position in its section
     * @param selectorIndex the selector's position in its hook
     * @param label of the selector, may be empty
     */
    public record SelectorCounters(String hook, int hookIndex, int selectorIndex, String label, PolicyCounters counters) {}
}
