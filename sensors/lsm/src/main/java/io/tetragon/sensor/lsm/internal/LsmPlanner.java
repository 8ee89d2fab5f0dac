// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.lsm.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectFile;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.hooks.HookPolicyPlan;
import io.tetragon.hooks.compile.CompiledHook;
import io.tetragon.hooks.compile.HookCompiler;
import io.tetragon.hooks.compile.HookTarget;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.hooks.event.HookEvent;
import io.tetragon.policy.model.LsmSpec;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.policy.sensor.PolicyPlan.PlannedHook;
import io.tetragon.policy.sensor.PolicyPlan.State;
import java.util.List;

/** Plans the LSM hooks of one policy. Used once, by the control thread. */
final class LsmPlanner {
    private final TracingPolicy policy;
    private final KernelFeatures kernel;
    private final KernelTypes types;
    private final HookCompiler compiler;
    private final HookPolicyPlan.Builder plan;
    private final int flags;

    LsmPlanner(TracingPolicy policy, KernelFeatures kernel, KernelTypes types, GenericDecoder decoder,
            BinarySets binaries) {
        this.policy = policy;
        this.kernel = kernel;
        this.types = types;
        compiler = new HookCompiler(types, binaries);
        plan = HookPolicyPlan.of(decoder, binaries);
        flags = HookCompiler.flagsOf(policy);
    }

    PolicyPlan plan() throws TetragonException {
        try {
            for (int index = 0; index < policy.lsmhooks().size(); index++) {
                add(policy.lsmhooks().get(index), index);
            }
            return plan.build();
        } catch (TetragonException | RuntimeException e) {
            plan.abandon();
            throw e;
        }
    }

    private void add(LsmSpec spec, int index) throws TetragonException {
        LsmHook hook = LsmHook.of(spec, types, kernel);
        HashedFile hashed = HashedFile.of(spec, hook, types, kernel);
        if (hashed != null) {
            hashed.warning(spec).ifPresent(plan::warn);
        }
        int number = plan.nextHook();
        CompiledHook compiled = compiler.compile(spec,
                new HookTarget(HookTarget.Family.LSM, hook.prototype(), null, false), number, LsmSensor.OPCODE,
                flags | (LsmHook.overrides(spec) ? HookCompiler.OVERRIDES_BY_RESULT : 0)
                        | (hashed == null ? 0 : HookCompiler.HASHES_FILES));
        plan.own(policy.name(), spec, compiled, number, new HookEvent.Lsm(spec.hook()));

        ObjectPlan.Builder object = ObjectPlan.of(policy.name() + "/" + spec.hook(),
                ObjectFile.read(LsmPlanner.class, LsmSensor.NAME));
        compiled.applyTo(object);
        LsmPrograms.of(hook, hashed).applyTo(object);
        int position = plan.object(object.build());
        plan.hook(new PlannedHook("lsmhooks", index, spec.hook(), State.LOADED,
                spec.selectors().stream().map(Selector::label).toList(), List.of(position)));
    }
}
