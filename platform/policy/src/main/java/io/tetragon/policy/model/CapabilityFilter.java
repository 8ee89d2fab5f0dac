// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

/**
 * Matches processes by their capabilities, or, in {@code matchCapabilityChanges}, by those that differ from exec.
 *
 * @param negated NotIn: none of them
 * @param inNamespace whether only processes outside the host's user namespace are meant
 * @param mask bit n stands for capability number n
 */
public record CapabilityFilter(Position at, CapabilitySet set, boolean negated, boolean inNamespace, long mask) {
    /** Which of a process's sets is looked at. */
    public enum CapabilitySet {
        EFFECTIVE,
        INHERITABLE,
        PERMITTED
    }
}
