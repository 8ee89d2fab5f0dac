// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
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
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Plans the usdts of one policy. Used once, by the control thread. */
final class UsdtPlanner {
    private static final String OBJECT = "/bpf/usdt.bpf.o";

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
        String hook = written.at() + ": usdt " + name;
        require(hook, "uprobe");
        UsdtProbe probe = UsdtProbe.read(written, hook, arguments(written));
        UsdtArguments arguments = new UsdtArguments(hook, probe);
        UsdtSpec spec = arguments.typed(written);
        arguments.warnings(spec).forEach(plan::warn);
        checkSet(spec, hook, arguments);

        int number = plan.nextHook();
        CompiledHook compiled = compiler.compile(spec, new HookTarget(HookTarget.Family.USDT, null, null, false), number,
                UprobeSensor.USDT_OPCODE, HookCompiler.flagsOf(policy));
        plan.own(policy.name(), spec, compiled, number,
                new HookEvent.Usdt(spec.path(), spec.provider(), spec.name()));
        ObjectPlan.Builder object = ObjectPlan.of(policy.name() + "/" + name, object());
        compiled.applyTo(object);
        arguments.applyTo(object);
        new UsdtAttachments(spec.path(), name, probe.places()).applyTo(object, multi(hook, probe));
        int position = plan.object(object.build());
        plan.hook(new PlannedHook("usdts", index, name, State.LOADED,
                spec.selectors().stream().map(Selector::label).toList(), List.of(position)));
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

    private void checkSet(UsdtSpec spec, String hook, UsdtArguments arguments) throws TetragonException {
        for (Selector selector : spec.selectors()) {
            for (Action action : selector.actions()) {
                if (action instanceof Action.SetArgument set) {
                    arguments.requireSettable(spec.args().get(set.argument()).index(), set.at());
                    require(hook + ": Set", "probe_write_user");
                }
            }
        }
    }

    /** One link for all places where the kernel can; it also is attached and detached without waiting for the processors. */
    private boolean multi(String hook, UsdtProbe probe) throws TetragonException {
        if (!policy.options().disableUprobeMulti() && context.kernel().has("uprobe_multi")) {
            return true;
        }
        if (probe.places().stream().anyMatch(place -> place.semaphore() != 0)) {
            require(hook + ": semaphore", "uprobe_refctroff");
        }
        return false;
    }

    private void require(String what, String feature) throws TetragonException {
        if (!context.kernel().has(feature)) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, what,
                    "this kernel lacks " + feature + ": " + context.kernel().feature(feature).reason(),
                    "see `tetra info` for what it has");
        }
    }

    private static byte[] object() throws TetragonException {
        try (InputStream in = UsdtPlanner.class.getResourceAsStream(OBJECT)) {
            if (in != null) {
                return in.readAllBytes();
            }
        } catch (IOException e) {
            throw broken(String.valueOf(e.getMessage()));
        }
        throw broken("it is missing");
    }

    private static TetragonException broken(String why) {
        return new TetragonException(TetragonException.Kind.INTERNAL, "read " + OBJECT + " of sensor uprobe", why,
                "install the bundle anew");
    }
}
