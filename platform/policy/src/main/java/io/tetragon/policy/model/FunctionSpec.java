// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import org.jspecify.annotations.Nullable;

/** A hook on kernel functions. */
public sealed interface FunctionSpec extends HookSpec permits KprobeSpec, FentrySpec {

    /** What happens to a returned socket. */
    enum ReturnArgAction {
        NONE,
        TRACK_SOCK,
        UNTRACK_SOCK
    }

    /** The functions. */
    Call call();

    /** Whether they are system calls, whose names get the architecture's prefix. */
    boolean syscall();

    /** Whether events wait for the function's return. */
    boolean returns();

    /** How the return value is read; null when it is not, never null when {@link #returns()}. */
    @Nullable Argument returnArg();

    /** What happens to a returned socket. */
    ReturnArgAction returnArgAction();

    /** Whether a function that this kernel lacks is skipped rather than an error. */
    boolean ignoreCallNotFound();
}
