// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.Set;

/**
 * Matches processes one of whose namespaces is another than at exec.
 *
 * @param negated NotIn: any namespace but these
 */
public record NamespaceChangeFilter(Position at, boolean negated, Set<NamespaceKind> namespaces) {
    public NamespaceChangeFilter {
        namespaces = Set.copyOf(namespaces);
    }
}
