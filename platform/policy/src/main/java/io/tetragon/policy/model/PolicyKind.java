// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

/** The two kinds of a policy. */
public enum PolicyKind {
    /** For every process of the machine, unless it names workloads. */
    CLUSTER("TracingPolicy"),
    /** For the pods of one namespace. */
    NAMESPACED("TracingPolicyNamespaced");

    private final String word;

    PolicyKind(String word) {
        this.word = word;
    }

    /** Returns the {@code kind} in YAML. */
    public String word() {
        return word;
    }
}
