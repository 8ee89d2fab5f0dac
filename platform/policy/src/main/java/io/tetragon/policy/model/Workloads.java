// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import org.jspecify.annotations.Nullable;

/**
 * Which processes a policy or selector is for, by where they run.
 *
 * <p>Nothing given means all. Pods or containers alone leave the host's processes out; {@code host} adds them.
 *
 * @param number 0 for those of a policy and for no restriction; equal {@code matchWorkloads} of its selectors have one
 *     number, from 1 without a gap
 * @param pods labels of pods; null when not given
 * @param containers {@code name} and {@code repo} of containers; null when not given
 * @param host whether the host's processes are named
 */
public record Workloads(int number, @Nullable LabelSelector pods, @Nullable LabelSelector containers, boolean host) {
    /** No restriction. */
    public static final Workloads ALL = new Workloads(0, null, null, false);

    /** Whether processes are restricted at all. */
    public boolean restricted() {
        boolean hostOnly = pods == null && containers == null;
        return host ? hostOnly || !selectsAll(pods) || !selectsAll(containers) : !hostOnly;
    }

    /** Whether processes in containers are named, if only some of them. */
    public boolean namesContainers() {
        return pods != null || containers != null || !host;
    }

    private static boolean selectsAll(@Nullable LabelSelector selector) {
        return selector == null || selector.selectsAll();
    }
}
