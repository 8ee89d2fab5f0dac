// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/**
 * Matches processes by number.
 *
 * @param negated NotIn
 * @param inNamespace whether the numbers are those of the process's own PID namespace
 * @param followForks whether descendants match too
 */
public record PidFilter(Position at, boolean negated, List<Integer> pids, boolean inNamespace, boolean followForks) {
    public PidFilter {
        pids = List.copyOf(pids);
    }
}
