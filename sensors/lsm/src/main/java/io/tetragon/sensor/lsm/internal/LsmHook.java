// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.lsm.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.Feature;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.compile.Prototype;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.LsmSpec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A hook that this kernel has, and that takes what a policy does there.
 *
 * @param name without {@code bpf_lsm_}
 */
record LsmHook(String name, Prototype prototype) {
    private static final int SUGGESTIONS = 3;

    /** Every kernel with hooks has it. */
    private static final String ANY = "file_open";

    /**
     * Looks the hook of a policy up, and tries it.
     *
     * @throws TetragonException NOT_FOUND when there is none of its name, UNSUPPORTED when programs cannot be put there, or
     *     do not run, INVALID_ARGUMENT when its result cannot be what the policy overrides it with
     */
    static LsmHook of(LsmSpec spec, KernelTypes types, KernelFeatures kernel) throws TetragonException {
        String what = what(spec);
        Optional<Prototype> prototype = types.lsmHook(spec.hook());
        if (prototype.isEmpty() && types.lsmHook(ANY).isPresent()) {
            List<String> near = types.nearestLsmHooks(spec.hook(), SUGGESTIONS);
            throw new TetragonException(TetragonException.Kind.NOT_FOUND, what, "this kernel has no such hook",
                    near.isEmpty() ? "hooks are the functions bpf_lsm_* of /proc/kallsyms, without that prefix"
                            : "did you mean " + String.join(", ", near) + "?");
        }
        Feature lsm = kernel.feature("lsm");
        if (!lsm.available() || prototype.isEmpty()) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, what, "this kernel lacks lsm: " + lsm.reason(),
                    "see `tetra info` for what it has");
        }
        Feature tried = kernel.lsmHook(spec.hook(), false, 0);
        if (!tried.available()) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, what,
                    "this kernel takes no programs there: " + tried.reason(), "");
        }
        LsmHook hook = new LsmHook(spec.hook(), prototype.get());
        for (Action.Override override : overridesOf(spec).toList()) {
            hook.checkOverride(override, kernel);
        }
        return hook;
    }

    /** Returns what errors about a hook begin with. */
    static String what(LsmSpec spec) {
        return spec.at() + ": LSM hook " + spec.hook();
    }

    /** Whether a policy replaces the result of a hook. */
    static boolean overrides(LsmSpec spec) {
        return overridesOf(spec).findAny().isPresent();
    }

    /** Whether it returns anything; of one that does not, all programs run, whatever they return. */
    boolean decides() {
        return prototype.returnType() != 0;
    }

    private void checkOverride(Action.Override override, KernelFeatures kernel) throws TetragonException {
        String what = override.at() + ": Override on LSM hook " + name;
        if (!decides()) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, what, "the hook returns nothing",
                    "use Sigkill, or a hook that decides");
        }
        Feature tried = kernel.lsmHook(name, false, override.error());
        if (!tried.available()) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, what,
                    "the hook may not return argError " + override.error() + ": " + tried.reason(), "");
        }
    }

    private static Stream<Action.Override> overridesOf(LsmSpec spec) {
        return spec.selectors().stream().flatMap(selector -> selector.actions().stream())
                .filter(Action.Override.class::isInstance).map(Action.Override.class::cast);
    }
}
