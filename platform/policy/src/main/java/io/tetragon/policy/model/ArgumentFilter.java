// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/**
 * Compares arguments of a hook with values.
 *
 * @param arguments positions in the hook's {@code args()} or {@code data()}, according to the list of the selector the
 *     filter stands in; empty in {@code matchReturnArgs}. One, except for CapabilitiesGained (new, old) and CelExpr
 *     (arg0 to argN)
 * @param values at least one, except for CapabilitiesGained and the operators on privileged ports, which have none
 */
public record ArgumentFilter(Position at, List<Integer> arguments, Operator operator, List<FilterValue> values) {
    public ArgumentFilter {
        arguments = List.copyOf(arguments);
        values = List.copyOf(values);
    }
}
