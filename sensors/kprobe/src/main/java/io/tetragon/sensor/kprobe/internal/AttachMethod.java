// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.FentrySpec;
import io.tetragon.policy.model.FunctionSpec;
import io.tetragon.policy.model.PolicyOptions;
import io.tetragon.policy.model.PolicyOptions.OverrideMethod;
import org.jspecify.annotations.Nullable;

/** How the programs of a hook are attached. */
enum AttachMethod {
    /** A probe for each function. */
    KPROBE,
    /** One link for all functions. */
    KPROBE_MULTI,
    /** A probe for each function, which can replace its result. */
    KPROBE_OVERRIDE,
    /** A trampoline for each function. */
    FENTRY,
    /** A trampoline for each function, which can replace its result. */
    FMOD_RET,
    /** A program at the entry of all system calls, which looks the number up. */
    SYSCALL_DISPATCHER;

    /** From how many system calls on a program at all of them costs less than a probe on each. */
    private static final int MANY_SYSCALLS = 64;

    /** Whether an object serves one function only, which it was loaded for. */
    boolean objectPerFunction() {
        return this == FENTRY || this == FMOD_RET;
    }

    /**
     * Chooses the method for a hook.
     *
     * @param overrides whether an action replaces the function's result
     * @throws TetragonException UNSUPPORTED when this kernel has none
     */
    static AttachMethod of(FunctionSpec spec, Functions functions, boolean overrides, PolicyOptions options,
            KernelFeatures kernel, Settings settings) throws TetragonException {
        String hook = spec.at() + ": hook " + spec.call().written();
        if (spec instanceof FentrySpec) {
            require(kernel, hook, "fentry");
            return FENTRY;
        }
        if (overrides) {
            AttachMethod method = overriding(hook, functions, options.overrideMethod(), kernel);
            if (method == FMOD_RET && givesZero(spec)) {
                throw new TetragonException(TetragonException.Kind.UNSUPPORTED, hook,
                        "fmod_ret cannot replace a result by 0, which lets the function run",
                        "set argError, or override-method: override-return where the kernel has it");
            }
            return method;
        }
        // Programs on tracepoints that may be preempted are skipped for other tasks meanwhile; probes are not.
        boolean many = functions.names().size() >= MANY_SYSCALLS
                && !(spec.enforces() && kernel.hasPreemptibleTracepoints());
        if (functions.syscalls() && (many || !kernel.has("kprobe"))) {
            return SYSCALL_DISPATCHER;
        }
        require(kernel, hook, "kprobe");
        boolean multi = !options.disableKprobeMulti() && !settings.bool("disable-kprobe-multi")
                && functions.names().size() > 1 && kernel.has("kprobe_multi");
        return multi ? KPROBE_MULTI : KPROBE;
    }

    private static AttachMethod overriding(String hook, Functions functions, @Nullable OverrideMethod wanted,
            KernelFeatures kernel) throws TetragonException {
        String fmodRet = functions.syscalls() ? "fmodret_syscall" : "fmodret";
        boolean security = functions.names().stream().allMatch(name -> name.startsWith("security_"));
        if (wanted == OverrideMethod.FMOD_RET || wanted == null && security && kernel.has(fmodRet)) {
            require(kernel, hook, fmodRet);
            return FMOD_RET;
        }
        if (wanted == null && !kernel.has("override_return") && (functions.syscalls() || security)
                && kernel.has(fmodRet)) {
            return FMOD_RET;
        }
        require(kernel, hook + " with Override", "override_return");
        return KPROBE_OVERRIDE;
    }

    private static boolean givesZero(FunctionSpec spec) {
        return spec.selectors().stream().flatMap(selector -> selector.actions().stream())
                .anyMatch(action -> action instanceof Action.Override override && override.error() == 0);
    }

    private static void require(KernelFeatures kernel, String what, String feature) throws TetragonException {
        if (!kernel.has(feature)) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, what,
                    "this kernel lacks " + feature + ": " + kernel.feature(feature).reason(),
                    "see `tetra info` for what it has");
        }
    }
}
