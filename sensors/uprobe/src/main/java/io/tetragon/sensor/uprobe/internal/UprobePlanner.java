// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectFile;
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
        // Attaching comes after planning, and must find the same file.
        plan.inTheEnd(binary::close);
        if (isAnother(spec, binary)) {
            plan.hook(new PlannedHook("uprobes", index, spec.path(), State.DIGEST_REJECTED, labels(spec), List.of()));
            return;
        }
        try (ElfFile elf = binary.elf()) {
            add(spec, index, binary, elf);
        }
    }

    private void add(UprobeSpec written, int index, Binary binary, ElfFile elf) throws TetragonException {
        List<Place> places = places(written, binary, elf);
        Redirects redirects = new Redirects(binary, elf, places);
        UprobeSpec spec = redirects.resolve(written);
        int number = plan.nextHook();
        CompiledHook compiled = compiler.compile(spec, TARGET, number, UprobeSensor.OPCODE, HookCompiler.flagsOf(policy));
        List<UprobePlace> shown = places.stream().map(Place::shown).toList();
        plan.own(policy.name(), spec, compiled, number, new HookEvent.Uprobe(spec.path(),
                attachment -> attachment >= 0 && attachment < shown.size() ? shown.get(attachment) : NOWHERE));

        ObjectPlan.Builder object = ObjectPlan.of(policy.name() + "/" + places.get(0).name(),
                ObjectFile.read(UprobePlanner.class, "uprobe"));
        compiled.applyTo(object);
        if (compiled.overrides()) {
            requireNoReturns(compiled, binary);
            Links.require(binary, context.kernel(), "uprobe_regs_change");
        }
        Links links = Links.of(binary, targets(places, redirects), policy.options(), context.kernel());
        // The return first, so that no entry waits for one that nobody sees.
        if (compiled.returns()) {
            links.add(object, "hook_return", true);
        }
        links.add(object, "hook_entry", false);
        // The last that is attached to a place is the first that runs there.
        if (spec.args().stream().anyMatch(UprobePlanner::isText) && context.kernel().has("uprobe_sleepable")) {
            links.add(object, "hook_touch", false);
        }
        int position = plan.object(object.build());
        plan.hook(new PlannedHook("uprobes", index, spec.path() + ":" + places.get(0).name(), State.LOADED,
                labels(spec), List.of(position)));
    }

    /**
     * The kernel takes the return address from the stack when all programs have run, where it is not any more: the program
     * would crash.
     */
    private static void requireNoReturns(CompiledHook compiled, Binary binary) throws TetragonException {
        if (compiled.returns()) {
            throw binary.wrong("Override of a function whose return is waited for", "remove return, returnCopy and the"
                    + " filters and actions of the return: a function that is overridden does not return by itself");
        }
    }

    /** Whether the file is not the one that the policy means, and the policy allows that. */
    private boolean isAnother(UprobeSpec spec, Binary binary) throws TetragonException {
        String mismatch = spec.binaryDigests().isEmpty() ? "" : Digests.mismatch(binary, spec.binaryDigests());
        if (mismatch.isEmpty()) {
            return false;
        }
        String why = binary.path() + " has " + mismatch + ", which is none of the policy's binaryDigests";
        if (!spec.ignoreDigestFailure()) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, binary.hook(), why,
                    "install the right file, or set ignore.digestVerificationFailure to leave this hook out");
        }
        plan.warn(binary.hook() + " is left out: " + why);
        return true;
    }

    private List<Place> places(UprobeSpec spec, Binary binary, ElfFile elf) throws TetragonException {
        List<String> warnings = new ArrayList<>();
        boolean returns = spec.returns() || spec.args().stream().anyMatch(Argument::returnCopy);
        List<Place> places = new Places(spec, binary, elf, returns, warnings).find();
        warnings.forEach(plan::warn);
        return places;
    }

    /** A cookie's lower half is the place's number, its upper half the place's address. */
    private static List<Links.Target> targets(List<Place> places, Redirects redirects) throws TetragonException {
        List<Links.Target> targets = new ArrayList<>();
        for (Place place : places) {
            targets.add(new Links.Target(place.name(), place.offset(), place.shown().refCtrOffset(),
                    redirects.fromBase(place.address()) << Integer.SIZE | targets.size()));
        }
        return targets;
    }

    /** Whether it is read from memory that the program may not have touched yet. */
    private static boolean isText(Argument argument) {
        return !argument.returnCopy() && !argument.resolve().present() && switch (argument.type()) {
            case STRING, CHAR_BUF, SOCKADDR, SOCKADDR_UN -> true;
            default -> false;
        };
    }

    private static List<String> labels(UprobeSpec spec) {
        return spec.selectors().stream().map(Selector::label).toList();
    }
}
