// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/**
 * A named list of functions or system calls.
 *
 * @param pattern of GENERATED_FTRACE, a regular expression in RE2's syntax that is found anywhere in a name; else empty
 * @param values the names; of generated lists those of this machine
 * @param expanded false when a generated list was read for another machine and {@code values} is therefore empty
 */
public record ListSpec(
        Position at, String name, ListType type, String pattern, List<String> values, boolean expanded) {
    public ListSpec {
        values = List.copyOf(values);
    }

    /** Returns the values as system calls; empty when the list holds functions. */
    public List<SyscallName> syscalls() {
        return type.syscalls() ? values.stream().map(SyscallName::parse).toList() : List.of();
    }
}
