// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.elf.ElfFile;
import io.tetragon.hooks.HookPolicyPlan;
import io.tetragon.hooks.compile.CompiledHook;
import io.tetragon.hooks.compile.HookCompiler;
import io.tetragon.hooks.compile.HookTarget;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.event.HookEvent;
import io.tetragon.hooks.event.UprobePlace;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.model.UprobeSpec;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan.PlannedHook;
import io.tetragon.policy.sensor.PolicyPlan.State;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Plans the uprobes of one policy. Used once, by the control thread. */
final class UprobePlanner {
    private static final HookTarget TARGET = new HookTarget(HookTarget.Family.UPROBE, null, null, false);
    private static final UprobePlace NOWHERE = new UprobePlace("", 0, 0);

    private final TracingPolicy policy;
    private final SensorContext context;
    private final HookPolicyPlan.Builder plan;
    private final HookCompiler compiler;

    UprobePlanner(TracingPolicy policy, KernelTypes types, SensorContext context, HookPolicyPlan.Builder plan,
            BinarySets binaries) {
        this.policy = policy;
        this.context = context;
        this.plan = plan;
        compiler = new HookCompiler(types, binaries);
    }

    void plan() throws TetragonException {
        for (int index = 0; index < policy.uprobes().size(); index++) {
            plan.listAs(UprobeSensor.LISTED);
            add(policy.uprobes().get(index), index);
        }
    }

    private void add(UprobeSpec spec, int index) throws TetragonException {
        Binary binary = Binary.find(spec.at() + ": uprobe " + spec.path(), spec.path());
        // Attaching again, after the policy was disabled, needs the same file.
        plan.release(binary::close);
        List<Place> places = places(spec, binary);
        int number = plan.nextHook();
        CompiledHook compiled = compiler.compile(spec, TARGET, number, UprobeSensor.OPCODE, HookCompiler.flagsOf(policy));
        List<UprobePlace> shown = places.stream().map(Place::shown).toList();
        plan.own(policy.name(), spec, compiled, number, new HookEvent.Uprobe(spec.path(),
                attachment -> attachment >= 0 && attachment < shown.size() ? shown.get(attachment) : NOWHERE));

        ObjectPlan.Builder object = ObjectPlan.of(policy.name() + "/" + places.get(0).name(), Objects.bytes("uprobe"));
        compiled.applyTo(object);
        attach(object, binary, places, compiled.returns());
        int position = plan.object(object.build());
        plan.hook(new PlannedHook("uprobes", index, spec.path() + ":" + places.get(0).name(), State.LOADED,
                spec.selectors().stream().map(Selector::label).toList(), List.of(position)));
    }

    private List<Place> places(UprobeSpec spec, Binary binary) throws TetragonException {
        List<String> warnings = new ArrayList<>();
        boolean returns = spec.returns() || spec.args().stream().anyMatch(Argument::returnCopy);
        try (ElfFile elf = binary.elf()) {
            List<Place> places = new Places(spec, binary, elf, returns, warnings).find();
            warnings.forEach(plan::warn);
            return places;
        }
    }

    /** The return is attached first, so that no entry waits for one that nobody sees. */
    private void attach(ObjectPlan.Builder object, Binary binary, List<Place> places, boolean returns)
            throws TetragonException {
        List<Links.Target> targets = IntStream.range(0, places.size()).mapToObj(i -> new Links.Target(
                places.get(i).name(), places.get(i).offset(), places.get(i).shown().refCtrOffset(), i)).toList();
        Links links = Links.of(binary, targets, policy.options(), context.kernel());
        if (returns) {
            links.add(object, "hook_return", true);
        }
        links.add(object, "hook_entry", false);
    }
}
