// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.model.Argument;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The hook that selectors are read for.
 *
 * @param function the function's name as written; empty where there is none
 * @param sound whether its arguments were read without error, so that references to them can be judged
 */
record Hook(
        HookKind kind,
        String function,
        List<Argument> args,
        List<Argument> data,
        boolean returns,
        @Nullable Argument returnArg,
        boolean sound) {

    /**
     * The position in {@code args} that an index of a selector means, or -1. It is the argument's own index; on
     * tracepoints, whose policies were always written both ways, also the position.
     */
    int position(long index) {
        for (int i = 0; i < args.size(); i++) {
            if (args.get(i).index() == index) {
                return i;
            }
        }
        return kind.tracepoint() && index < args.size() ? (int) index : -1;
    }

    /** The indexes that can be meant, for an error. */
    String indexes() {
        return args.stream().map(arg -> String.valueOf(arg.index())).distinct().collect(Collectors.joining(", "));
    }
}
