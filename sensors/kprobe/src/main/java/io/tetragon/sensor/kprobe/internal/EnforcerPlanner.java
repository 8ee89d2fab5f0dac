// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Attachments;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.hooks.HookPolicyPlan;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.policy.model.Call;
import io.tetragon.policy.model.EnforcerSpec;
import io.tetragon.policy.model.PolicyOptions;
import io.tetragon.policy.model.PolicyOptions.OverrideMethod;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans a policy's enforcer: a program at each of its functions that replaces the result, or signals, when a hook of the
 * policy asked for it on this thread.
 */
final class EnforcerPlanner {
    /** Where the hooks leave what they ask for. */
    private static final String REQUESTS = "enforcer_data";

    private EnforcerPlanner() {}

    static void add(EnforcerSpec spec, PolicyOptions options, KernelTypes types, SensorContext context, Objects objects,
            HookPolicyPlan.Builder plan) throws TetragonException {
        List<String> names = new ArrayList<>();
        for (Call call : spec.calls()) {
            boolean syscall = !(call instanceof Call.FromList)
                    && (call.written().startsWith("sys_") || call.written().startsWith("__x64_sys_"));
            Functions functions = Functions.of(call, syscall, types);
            if (!functions.missing().isEmpty()) {
                throw new TetragonException(TetragonException.Kind.NOT_FOUND, spec.at() + ": enforcer of "
                        + functions.missing().get(0), "this kernel has no such function", "take it out of the list");
            }
            functions.names().stream().filter(name -> !names.contains(name)).forEach(names::add);
        }
        if (byFmodRet(spec, options, context.kernel())) {
            for (String name : names) {
                plan.object(ObjectPlan.of("enforcer/" + name, objects.bytes(Objects.Name.FENTRY))
                        .policyMap(REQUESTS)
                        .program("enforcer_fmod_ret", name)
                        .attach(Attachments.trace("enforcer_fmod_ret", name, 0))
                        .build());
            }
            return;
        }
        ObjectPlan.Builder object = ObjectPlan.of("enforcer", objects.bytes(Objects.Name.KPROBE))
                .policyMap(REQUESTS)
                .program("enforcer");
        names.forEach(name -> object.attach(Attachments.kprobe("enforcer", name, 0, false)));
        plan.object(object.build());
    }

    private static boolean byFmodRet(EnforcerSpec spec, PolicyOptions options, KernelFeatures kernel)
            throws TetragonException {
        boolean fmodRet = options.overrideMethod() != OverrideMethod.OVERRIDE_RETURN && kernel.has("fmodret_syscall");
        boolean overrideReturn = options.overrideMethod() != OverrideMethod.FMOD_RET && kernel.has("override_return");
        if (!fmodRet && !overrideReturn) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, spec.at() + ": enforcer",
                    "this kernel cannot replace the result of a system call: override_return: "
                            + kernel.feature("override_return").reason() + "; fmodret_syscall: "
                            + kernel.feature("fmodret_syscall").reason(),
                    "use the actions Sigkill or Signal in the hook itself");
        }
        return !overrideReturn;
    }
}
