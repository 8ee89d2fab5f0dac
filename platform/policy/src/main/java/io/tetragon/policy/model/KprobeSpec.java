// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A hook by kprobe. */
public record KprobeSpec(
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
    public KprobeSpec {
        args = List.copyOf(args);
        data = List.copyOf(data);
        selectors = List.copyOf(selectors);
        tags = List.copyOf(tags);
    }
}
