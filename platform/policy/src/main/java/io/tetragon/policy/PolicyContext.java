// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import org.jspecify.annotations.Nullable;

/**
 * What a policy is checked against besides its own text.
 *
 * @param kubernetes whether the labels of pods and of the node are known to the agent; without them a selector that
 *     looks at one is an error, because it would otherwise match everything
 * @param policyFilter whether the agent knows of containers at all, and of the namespaces of their pods; without it every
 *     restriction to workloads is an error for the same reason
 * @param defaultNamespace the namespace of a namespaced policy that names none, as kubectl's; empty when there is none
 * @param syscalls the system calls of this machine for {@code generated_syscalls}; null where a policy is checked for
 *     another machine, whose generated lists then stay unexpanded, with a warning
 * @param tracedFunctions the functions that ftrace can attach to, for {@code generated_ftrace}; null likewise
 */
public record PolicyContext(
        boolean kubernetes,
        boolean policyFilter,
        String defaultNamespace,
        @Nullable NameSource syscalls,
        @Nullable NameSource tracedFunctions) {

    /** A policy checked for another machine: no Kubernetes, no policy filter, generated lists not expanded. */
    public static PolicyContext offline() {
        return new PolicyContext(false, false, "", null, null);
    }

    /** A policy for this machine, without Kubernetes and policy filter. */
    public static PolicyContext standalone(NameSource syscalls, NameSource tracedFunctions) {
        return new PolicyContext(false, false, "", syscalls, tracedFunctions);
    }

    /** The same with Kubernetes, and the namespace of namespaced policies that name none; empty makes that an error. */
    public PolicyContext withKubernetes(String namespace) {
        return new PolicyContext(true, policyFilter, namespace, syscalls, tracedFunctions);
    }

    /** The same with the policy filter. */
    public PolicyContext withPolicyFilter() {
        return new PolicyContext(kubernetes, true, defaultNamespace, syscalls, tracedFunctions);
    }
}
