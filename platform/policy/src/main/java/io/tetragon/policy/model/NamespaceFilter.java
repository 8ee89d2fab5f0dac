// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/**
 * Matches processes by one of their namespaces.
 *
 * @param negated NotIn
 * @param inodes namespace numbers, each from 0 to 2^32 - 1
 * @param host whether {@code host_ns} is among the values
 */
public record NamespaceFilter(
        Position at, NamespaceKind namespace, boolean negated, List<Long> inodes, boolean host) {
    public NamespaceFilter {
        inodes = List.copyOf(inodes);
    }
}
