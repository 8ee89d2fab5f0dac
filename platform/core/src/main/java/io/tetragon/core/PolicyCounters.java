// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

/**
 * How often a selector or a policy took each action. Those in monitor mode were left out because the policy only watches.
 */
public record PolicyCounters(
        long post,
        long signal,
        long monitorSignal,
        long override,
        long monitorOverride,
        long notifyEnforcer,
        long monitorNotifyEnforcer,
        long set,
        long monitorSet,
        long noPost) {
    /** Nothing happened yet. */
    public static final PolicyCounters ZERO = new PolicyCounters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Returns the sum. */
    public PolicyCounters plus(PolicyCounters other) {
        return new PolicyCounters(post + other.post, signal + other.signal, monitorSignal + other.monitorSignal,
                override + other.override, monitorOverride + other.monitorOverride,
                notifyEnforcer + other.notifyEnforcer, monitorNotifyEnforcer + other.monitorNotifyEnforcer,
                set + other.set, monitorSet + other.monitorSet, noPost + other.noPost);
    }
}
