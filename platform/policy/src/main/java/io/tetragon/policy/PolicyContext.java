// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import org.jspecify.annotations.Nullable;

/**
 * What a policy is checked against besides its own text.
 *
 * @param kubernetes whether pods, namespaces and labels are known to the agent; without them every restriction to
 *     workloads is an error, because it would otherwise match everything
 * @param defaultNamespace the namespace of a namespaced policy that names none, as kubectl's; empty when there is none
 * @param syscalls the system calls of this machine for {@code generated_syscalls}; null where a policy is checked for
 *     another machine, whose generated lists then stay unexpanded, with a warning
 * @param tracedFunctions the functions that ftrace can attach to, for {@code generated_ftrace}; null likewise
 */
public record PolicyContext(
        boolean kubernetes,
        String defaultNamespace,
        @Nullable NameSource syscalls,
        @Nullable NameSource tracedFunctions) {

    /** A policy checked for another machine: no Kubernetes, generated lists not expanded. */
    public static PolicyContext offline() {
        return new PolicyContext(false, "", null, null);
    }

    /** A policy for this machine, without Kubernetes. */
    public static PolicyContext standalone(NameSource syscalls, NameSource tracedFunctions) {
        return new PolicyContext(false, "", syscalls, tracedFunctions);
    }

    /** The same with Kubernetes, and the namespace of namespaced policies that name none; empty makes that an error. */
    public PolicyContext withKubernetes(String namespace) {
        return new PolicyContext(true, namespace, syscalls, tracedFunctions);
    }
}
