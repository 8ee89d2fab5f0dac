// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.sensor;

import io.tetragon.api.sensor.ObjectPlan;
import java.util.List;

/**
 * What a sensor does for one policy. The platform loads the objects and attaches them in order, wholly or not at all, and
 * calls {@link #unloaded} in the end in either case. All on the control thread.
 */
public interface PolicyPlan {
    /** Returns the objects to load. */
    List<ObjectPlan> objects();

    /** Returns the hooks in the order of the policy. */
    List<PlannedHook> hooks();

    /**
     * Returns the names under which the list of policies shows what was loaded, such as {@code __enforcer__}; none means
     * {@link PolicySensor#policyName()}.
     */
    default List<String> listedAs() {
        return List.of();
    }

    /** Returns what users should know although the policy loads. */
    List<String> warnings();

    /** Everything is detached and the last record was decoded: what belongs to the policy is forgotten. */
    void unloaded();

    /**
     * A hook as the list of policies shows it.
     *
     * @param section such as {@code kprobes}
     * @param index position in the section
     * @param description such as the function's name
     * @param state how much of it could be attached
     * @param selectorLabels one for each selector, empty where none is given
     * @param objects positions in {@link #objects()} of the objects whose {@code hook_stats} count for it
     */
    record PlannedHook(
            String section,
            int index,
            String description,
            State state,
            List<String> selectorLabels,
            List<Integer> objects) {
        public PlannedHook {
            objects = List.copyOf(objects);
            selectorLabels = List.copyOf(selectorLabels);
        }
    }

    /** How much of a hook could be attached. */
    enum State {
        LOADED,
        CALL_NOT_FOUND,
        PARTIAL_CALL_NOT_FOUND,
        /** The policy asks for another result and a signal, and this kernel can only send the signal. */
        SIGNAL_ONLY
    }
}
