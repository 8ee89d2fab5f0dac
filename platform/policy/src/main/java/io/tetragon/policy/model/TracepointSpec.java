// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/**
 * A hook on a tracepoint.
 *
 * @param raw whether the arguments are those of the tracepoint's prototype, from 0, instead of its format's fields
 */
public record TracepointSpec(
        Position at,
        String subsystem,
        String event,
        boolean raw,
        List<Argument> args,
        List<Selector> selectors,
        String message,
        List<String> tags) implements HookSpec {
    public TracepointSpec {
        args = List.copyOf(args);
        selectors = List.copyOf(selectors);
        tags = List.copyOf(tags);
    }
}
