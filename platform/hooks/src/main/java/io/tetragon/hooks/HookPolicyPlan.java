// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks;

import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.hooks.compile.CompiledHook;
import io.tetragon.hooks.compile.ResolvedArgument;
import io.tetragon.hooks.event.ArgumentDescription;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.hooks.event.HookDescription;
import io.tetragon.hooks.event.HookEvent;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * What a sensor of generic hooks does for one policy. It owns the hooks' numbers at the decoder and the sets of binaries that
 * they test, and gives them back when the policy is unloaded. Control thread only.
 */
public final class HookPolicyPlan implements PolicyPlan {
    private final GenericDecoder decoder;
    private final BinarySets binaries;
    private final List<ObjectPlan> objects;
    private final List<PlannedHook> hooks;
    private final List<String> warnings;
    private final List<String> listedAs;
    private final List<Integer> numbers;
    private final List<Integer> sets;
    private final List<Runnable> endings;

    private HookPolicyPlan(Builder builder) {
        decoder = builder.decoder;
        binaries = builder.binaries;
        objects = List.copyOf(builder.objects);
        hooks = List.copyOf(builder.hooks);
        warnings = List.copyOf(builder.warnings);
        listedAs = List.copyOf(builder.listedAs);
        numbers = builder.numbers;
        sets = builder.sets;
        endings = builder.endings;
    }

    /** Starts a plan; its owner builds or abandons it. */
    public static Builder of(GenericDecoder decoder, BinarySets binaries) {
        return new Builder(decoder, binaries);
    }

    @Override
    public List<ObjectPlan> objects() {
        return objects;
    }

    @Override
    public List<PlannedHook> hooks() {
        return hooks;
    }

    @Override
    public List<String> warnings() {
        return warnings;
    }

    @Override
    public List<String> listedAs() {
        return listedAs;
    }

    @Override
    public void unloaded() {
        giveBack(decoder, binaries, numbers, sets, endings);
    }

    private static void giveBack(GenericDecoder decoder, BinarySets binaries, List<Integer> numbers, List<Integer> sets,
            List<Runnable> endings) {
        endings.forEach(Runnable::run);
        endings.clear();
        numbers.forEach(decoder::unregister);
        numbers.clear();
        sets.forEach(binaries::release);
        sets.clear();
    }

    /** Collects a plan. Used by the control thread. */
    public static final class Builder {
        private final GenericDecoder decoder;
        private final BinarySets binaries;
        private final List<ObjectPlan> objects = new ArrayList<>();
        private final List<PlannedHook> hooks = new ArrayList<>();
        private final List<String> warnings = new ArrayList<>();
        private final List<String> listedAs = new ArrayList<>();
        private final List<Integer> numbers = new ArrayList<>();
        private final List<Integer> sets = new ArrayList<>();
        private final List<Runnable> endings = new ArrayList<>();

        private Builder(GenericDecoder decoder, BinarySets binaries) {
            this.decoder = decoder;
            this.binaries = binaries;
        }

        /** Returns the number of the next hook. */
        public int nextHook() {
            return decoder.nextHook();
        }

        /**
         * Takes over what a compiled hook holds, and has its records decoded.
         *
         * @param number from {@link #nextHook}, which the hook was compiled with
         */
        public Builder own(String policyName, HookSpec spec, CompiledHook compiled, int number, HookEvent event) {
            sets.addAll(compiled.binarySets());
            warnings.addAll(compiled.warnings());
            List<ArgumentDescription> arguments = compiled.arguments().stream().map(Builder::describe).toList();
            ResolvedArgument returned = compiled.returnArgument();
            List<List<Action>> requests = spec.selectors().stream()
                    .map(selector -> selector.actions().stream().filter(Builder::isRequest).toList())
                    .toList();
            decoder.register(new HookDescription(number, event, policyName, spec.message(), spec.tags(), arguments,
                    returned == null ? null : describe(returned), compiled.returns(), requests));
            numbers.add(number);
            return this;
        }

        private static ArgumentDescription describe(ResolvedArgument argument) {
            return new ArgumentDescription(argument.slot(), argument.type(), argument.argument().label(),
                    argument.data(), argument.atReturn());
        }

        /** Whether the agent itself is to do something. */
        private static boolean isRequest(Action action) {
            return action instanceof Action.GetUrl || action instanceof Action.DnsLookup;
        }

        /** Adds an object. Returns its position. */
        public int object(ObjectPlan object) {
            objects.add(object);
            return objects.size() - 1;
        }

        /** Adds a hook to the list that users see. */
        public Builder hook(PlannedHook hook) {
            hooks.add(hook);
            return this;
        }

        /** Adds a name under which the policy's sensors are listed, once. */
        public Builder listAs(String name) {
            if (!listedAs.contains(name)) {
                listedAs.add(name);
            }
            return this;
        }

        /** Adds something that users should know. */
        public Builder warn(String warning) {
            warnings.add(warning);
            return this;
        }

        /** Has something run when the policy is unloaded, or the plan abandoned; it must not fail. */
        public Builder inTheEnd(Runnable ending) {
            endings.add(ending);
            return this;
        }

        /** Returns the plan. */
        public HookPolicyPlan build() {
            return new HookPolicyPlan(this);
        }

        /** Gives everything back, because the plan will not be made. */
        public void abandon() {
            giveBack(decoder, binaries, numbers, sets, endings);
        }
    }
}
