// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import org.jspecify.annotations.Nullable;

/**
 * Which processes a policy or selector is for, by where they run.
 *
 * <p>Nothing given means all. Pods or containers alone leave the host's processes out; {@code host} adds them.
 *
 * @param pods labels of pods; null when not given
 * @param containers {@code name} and {@code repo} of containers; null when not given
 * @param host whether the host's processes are named
 */
public record Workloads(@Nullable LabelSelector pods, @Nullable LabelSelector containers, boolean host) {
    /** No restriction. */
    public static final Workloads ALL = new Workloads(null, null, false);

    /** Whether processes are restricted at all. */
    public boolean restricted() {
        return pods != null || containers != null || host;
    }
}
