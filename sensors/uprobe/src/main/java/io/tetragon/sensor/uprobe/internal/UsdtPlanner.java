// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectFile;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.hooks.HookPolicyPlan;
import io.tetragon.hooks.compile.CompiledHook;
import io.tetragon.hooks.compile.HookCompiler;
import io.tetragon.hooks.compile.HookTarget;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.event.HookEvent;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.model.UsdtSpec;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan.PlannedHook;
import io.tetragon.policy.sensor.PolicyPlan.State;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Plans the usdts of one policy. Used once, by the control thread. */
final class UsdtPlanner {
    private final TracingPolicy policy;
    private final SensorContext context;
    private final HookPolicyPlan.Builder plan;
    private final HookCompiler compiler;

    UsdtPlanner(TracingPolicy policy, KernelTypes types, SensorContext context, HookPolicyPlan.Builder plan,
            BinarySets binaries) {
        this.policy = policy;
        this.context = context;
        this.plan = plan;
        compiler = new HookCompiler(types, binaries);
    }

    void plan() throws TetragonException {
        for (int index = 0; index < policy.usdts().size(); index++) {
            plan.listAs(UprobeSensor.USDT_LISTED);
            add(policy.usdts().get(index), index);
        }
    }

    private void add(UsdtSpec written, int index) throws TetragonException {
        String name = written.provider() + ":" + written.name();
        Binary binary = Binary.find(written.at() + ": usdt " + name, written.path());
        // Attaching again, after the policy was disabled, needs the same file.
        plan.inTheEnd(binary::close);
        UsdtProbe probe = UsdtProbe.read(written, binary, arguments(written));
        UsdtArguments arguments = new UsdtArguments(binary.hook(), probe);
        UsdtSpec spec = arguments.typed(written);
        arguments.warnings(spec).forEach(plan::warn);
        checkSet(spec, binary, arguments);

        int number = plan.nextHook();
        CompiledHook compiled = compiler.compile(spec, new HookTarget(HookTarget.Family.USDT, null, null, false), number,
                UprobeSensor.USDT_OPCODE, HookCompiler.flagsOf(policy));
        plan.own(policy.name(), spec, compiled, number,
                new HookEvent.Usdt(spec.path(), spec.provider(), spec.name()));
        ObjectPlan.Builder object =
                ObjectPlan.of(policy.name() + "/" + name, ObjectFile.read(UprobeSensor.class, "usdt"));
        compiled.applyTo(object);
        arguments.applyTo(object);
        Links.of(binary, targets(name, probe), policy.options(), context.kernel()).add(object, "hook_usdt", false);
        int position = plan.object(object.build());
        plan.hook(new PlannedHook("usdts", index, name, State.LOADED,
                spec.selectors().stream().map(Selector::label).toList(), List.of(position)));
    }

    /** The cookie is the number of the place. */
    private static List<Links.Target> targets(String name, UsdtProbe probe) {
        List<Links.Target> targets = new ArrayList<>();
        for (UsdtProbe.Place place : probe.places()) {
            targets.add(new Links.Target(name, place.offset(), place.semaphore(), targets.size()));
        }
        return targets;
    }

    /** The probe's arguments that the hook asks for, as values or as sizes of others. */
    private static SortedSet<Integer> arguments(UsdtSpec spec) {
        SortedSet<Integer> arguments = new TreeSet<>();
        for (Argument argument : spec.args()) {
            arguments.add(argument.index());
            if (argument.sizeArgument() >= 0) {
                arguments.add(argument.sizeArgument());
            }
        }
        return arguments;
    }

    private void checkSet(UsdtSpec spec, Binary binary, UsdtArguments arguments) throws TetragonException {
        for (Selector selector : spec.selectors()) {
            for (Action action : selector.actions()) {
                if (action instanceof Action.SetArgument set) {
                    arguments.requireSettable(spec.args().get(set.argument()).index(), set.at());
                    Links.require(binary, context.kernel(), "probe_write_user");
                }
            }
        }
    }
}
