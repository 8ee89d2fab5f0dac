// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A hook by fentry and fexit; it has no enforcing actions. */
public record FentrySpec(
        Position at,
        Call call,
        boolean syscall,
        boolean returns,
        List<Argument> args,
        List<Argument> data,
        @Nullable Argument returnArg,
        ReturnArgAction returnArgAction,
        List<Selector> selectors,
        String message,
        List<String> tags,
        boolean ignoreCallNotFound) implements FunctionSpec {
    public FentrySpec {
        args = List.copyOf(args);
        data = List.copyOf(data);
        selectors = List.copyOf(selectors);
        tags = List.copyOf(tags);
    }
}
