// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/** What every hook has. */
public sealed interface HookSpec permits FunctionSpec, TracepointSpec, UprobeSpec, UsdtSpec, LsmSpec {

    /** Where it stands. */
    Position at();

    /** The arguments it reads, at most five together with {@link #data()}. */
    List<Argument> args();

    /** What it reads besides its parameters. */
    default List<Argument> data() {
        return List.of();
    }

    /** The selectors, the first that holds counts; none means that every hit is posted. */
    List<Selector> selectors();

    /** Whether any action interferes. */
    default boolean enforces() {
        return selectors().stream().anyMatch(selector -> selector.actions().stream().anyMatch(Action::enforces)
                || selector.returnActions().stream().anyMatch(Action::enforces));
    }

    /** Shown in events, quoted as Go quotes; empty when not given. */
    String message();

    /** Shown in events, quoted as Go quotes. */
    List<String> tags();
}
