// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.bpf.KernelFeatures;
import io.tetragon.policy.model.PolicyOptions.OverrideMethod;
import org.jspecify.annotations.Nullable;

/** What an enforcer can do at a function, and how. */
enum EnforcerMethod {
    /** A probe that replaces the result. */
    OVERRIDE_RETURN,
    /** A trampoline that replaces the result. */
    FMOD_RET,
    /** It sends signals, from the dispatcher of system calls. */
    SIGNAL_AT_SYSCALL,
    /** It sends signals, from a probe. */
    SIGNAL_AT_PROBE,
    /** Nothing on this kernel. */
    NONE;

    boolean overrides() {
        return this == OVERRIDE_RETURN || this == FMOD_RET;
    }

    /** Chooses how a function's result is replaced; NONE where that is not possible. */
    static EnforcerMethod overriding(String function, @Nullable OverrideMethod wanted, KernelFeatures kernel) {
        if (function.startsWith("security_")) {
            return wanted != OverrideMethod.OVERRIDE_RETURN && kernel.has("fmodret") ? FMOD_RET : NONE;
        }
        if (wanted != OverrideMethod.FMOD_RET && kernel.has("override_return")) {
            return OVERRIDE_RETURN;
        }
        return wanted != OverrideMethod.OVERRIDE_RETURN && kernel.has("fmodret_syscall") ? FMOD_RET : NONE;
    }

    /** Chooses how signals are sent at a function; NONE where that is not possible. */
    static EnforcerMethod signalling(boolean syscall, KernelFeatures kernel) {
        if (syscall) {
            return SIGNAL_AT_SYSCALL;
        }
        return kernel.has("kprobe") ? SIGNAL_AT_PROBE : NONE;
    }
}
