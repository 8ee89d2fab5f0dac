// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.tracepoint.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Attachments;
import io.tetragon.api.sensor.ObjectFile;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.hooks.HookPolicyPlan;
import io.tetragon.hooks.compile.CompiledHook;
import io.tetragon.hooks.compile.HookCompiler;
import io.tetragon.hooks.compile.HookTarget;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.compile.Prototype;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.hooks.event.HookEvent;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.TracepointSpec;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.policy.sensor.PolicyPlan.PlannedHook;
import io.tetragon.policy.sensor.PolicyPlan.State;
import java.util.List;

/** Plans the tracepoints of one policy. Used once, by the control thread. */
final class TracepointPlanner {
    private final TracingPolicy policy;
    private final KernelFeatures kernel;
    private final KernelTypes types;
    private final HookCompiler compiler;
    private final HookPolicyPlan.Builder plan;

    TracepointPlanner(TracingPolicy policy, KernelFeatures kernel, KernelTypes types, GenericDecoder decoder,
            BinarySets binaries) {
        this.policy = policy;
        this.kernel = kernel;
        this.types = types;
        compiler = new HookCompiler(types, binaries);
        plan = HookPolicyPlan.of(decoder, binaries);
    }

    PolicyPlan plan() throws TetragonException {
        try {
            for (int index = 0; index < policy.tracepoints().size(); index++) {
                add(policy.tracepoints().get(index), index);
            }
            return plan.build();
        } catch (TetragonException | RuntimeException e) {
            plan.abandon();
            throw e;
        }
    }

    private void add(TracepointSpec spec, int index) throws TetragonException {
        String name = spec.subsystem() + "/" + spec.event();
        String hook = spec.at() + ": tracepoint " + name;
        TracepointSpec read = RawSyscalls.cheapest(spec, kernel);
        HookTarget target;
        String file;
        if (read.raw()) {
            Prototype prototype = types.rawTracepoint(spec.event()).orElseThrow(() -> new TetragonException(
                    TetragonException.Kind.NOT_FOUND, hook, "this kernel has no such raw tracepoint",
                    "raw tracepoints have the names of /sys/kernel/tracing/available_events, without the subsystem"));
            target = new HookTarget(HookTarget.Family.RAW_TRACEPOINT, prototype, null, false);
            file = "raw_tracepoint";
        } else {
            target = new HookTarget(HookTarget.Family.TRACEPOINT, null,
                    Tracefs.format(hook, spec.subsystem(), spec.event()), false);
            file = "tracepoint";
        }
        int number = plan.nextHook();
        CompiledHook compiled = compiler.compile(read, target, number, TracepointSensor.OPCODE,
                HookCompiler.flagsOf(policy));
        plan.own(policy.name(), read, compiled, number, new HookEvent.Tracepoint(spec.subsystem(), spec.event()));

        ObjectPlan.Builder object = ObjectPlan.of(policy.name() + "/" + name, ObjectFile.read(TracepointPlanner.class, file));
        compiled.applyTo(object);
        String program = "hook_" + file;
        object.program(program).attach(read.raw()
                ? Attachments.rawTracepoint(program, spec.event())
                : Attachments.tracepoint(program, spec.subsystem(), spec.event(), 0));
        int position = plan.object(object.build());
        plan.hook(new PlannedHook("tracepoints", index, name, State.LOADED,
                spec.selectors().stream().map(Selector::label).toList(), List.of(position)));
    }
}
