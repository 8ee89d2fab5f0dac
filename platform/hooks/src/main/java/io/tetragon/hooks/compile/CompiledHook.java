// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.hooks.internal.compile.HookParts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A hook as a generic program is told it, with the contents of its maps. Immutable. */
public final class CompiledHook {
    private final HookParts parts;

    CompiledHook(HookParts parts) {
        this.parts = parts;
    }

    /**
     * Adds to the plan of an object that includes the generic hook program: its constant, the sizes and contents of its maps,
     * which of them are not created, and which the policy's objects share.
     */
    public void applyTo(ObjectPlan.Builder plan) {
        parts.applyTo(plan);
    }

    /** Returns the arguments in the order of their slots: {@code args}, then {@code data}. */
    public List<ResolvedArgument> arguments() {
        return parts.arguments();
    }

    /** Returns the return value, in the slot behind all others; null when it is not read. */
    public @Nullable ResolvedArgument returnArgument() {
        return parts.returnArgument();
    }

    /** Returns the sets of binaries that were acquired for it, to be released once for each by whoever unloads it. */
    public List<Integer> binarySets() {
        return parts.binarySets();
    }

    /** Returns what its author should know, such as types that do not fit the kernel's; one line each. */
    public List<String> warnings() {
        return parts.warnings();
    }

    /** Whether any of its actions interferes, so that the policy's mode matters to it. */
    public boolean enforces() {
        return parts.enforces();
    }

    /** Whether any of its actions replaces the function's result. */
    public boolean overrides() {
        return parts.overrides();
    }

    /** Whether its program waits for the function's return, so that it needs a second one there. */
    public boolean returns() {
        return parts.returns();
    }

    /** Returns bytes that are equal for hooks whose programs and maps are equal but for the hook's number. */
    public byte[] key() {
        return parts.key();
    }
}
