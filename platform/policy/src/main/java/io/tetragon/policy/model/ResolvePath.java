// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/** A path through kernel structures, such as {@code mm.owner.comm} or {@code files[2].name}. */
public record ResolvePath(String written, List<Step> steps) {
    /** No path: the argument itself. */
    public static final ResolvePath NONE = new ResolvePath("", List.of());

    public ResolvePath {
        steps = List.copyOf(steps);
    }

    /** Whether there is any step. */
    public boolean present() {
        return !steps.isEmpty();
    }

    /** One step. */
    public sealed interface Step {
        /** To a member. */
        record Member(String name) implements Step {}

        /** To an element of an array. */
        record Element(int index) implements Step {}
    }
}
