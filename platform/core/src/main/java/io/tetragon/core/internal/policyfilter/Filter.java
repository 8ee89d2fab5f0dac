// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.core.internal.abi.PolicyFilterFlags;
import io.tetragon.policy.model.Workloads;

/**
 * Whom a policy, or a selector of one, is for.
 *
 * @param id its number in the kernel
 * @param namespace whose pods; empty for those of all namespaces
 * @param workloads which of them, and whether the host
 */
record Filter(int id, String namespace, Workloads workloads) {
    boolean selects(Container container) {
        return workloads.namesContainers()
                && (namespace.isEmpty() || namespace.equals(container.namespace()))
                && Labels.match(workloads.pods(), container.podLabels())
                && Labels.match(workloads.containers(), container.labels());
    }

    /** Returns the bits of {@code enum policy_filter_flags}. */
    int flags() {
        return (workloads.namesContainers() ? PolicyFilterFlags.POLICY_FILTER_CONTAINERS : 0)
                | (workloads.host() ? PolicyFilterFlags.POLICY_FILTER_HOST : 0);
    }
}
