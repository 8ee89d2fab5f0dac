// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Attachment;
import io.tetragon.api.sensor.Attachments;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.AttachType;
import io.tetragon.hooks.HookPolicyPlan;
import io.tetragon.hooks.compile.CompiledHook;
import io.tetragon.hooks.compile.HookCompiler;
import io.tetragon.hooks.compile.HookTarget;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.compile.Syscalls;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.hooks.event.HookEvent;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.FentrySpec;
import io.tetragon.policy.model.FunctionSpec;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.policy.sensor.PolicyPlan.PlannedHook;
import io.tetragon.policy.sensor.PolicyPlan.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Plans the hooks on functions of one policy. Used once, by the control thread. */
final class FunctionPlanner {
    /** Trampolines need an object each; more would take seconds to load. */
    private static final int TRAMPOLINES_MAX = 128;

    /** Where the dispatcher comes from that policies share; it is made for the first that needs it. */
    @FunctionalInterface
    interface Dispatcher {
        SyscallDispatcher get() throws TetragonException;
    }

    private final TracingPolicy policy;
    private final SensorContext context;
    private final Objects objects;
    private final KernelTypes types;
    private final Dispatcher dispatcher;
    private final HookCompiler compiler;
    private final HookPolicyPlan.Builder plan;
    private final int flags;
    private @Nullable SyscallDispatcher own;

    FunctionPlanner(TracingPolicy policy, SensorContext context, Objects objects, KernelTypes types,
            Dispatcher dispatcher, GenericDecoder decoder, BinarySets binaries) {
        this.policy = policy;
        this.context = context;
        this.objects = objects;
        this.types = types;
        this.dispatcher = dispatcher;
        compiler = new HookCompiler(types, binaries);
        plan = HookPolicyPlan.of(decoder, binaries);
        flags = HookCompiler.flagsOf(policy);
    }

    PolicyPlan plan() throws TetragonException {
        try {
            if (policy.enforcer() != null) {
                plan.listAs("__enforcer__");
                EnforcerPlanner.add(policy.enforcer(), policy, types, context.kernel(), objects, this::dispatcher, plan);
            }
            for (int index = 0; index < policy.kprobes().size(); index++) {
                plan.listAs("generic_kprobe");
                add(policy.kprobes().get(index), "kprobes", index);
            }
            for (int index = 0; index < policy.fentries().size(); index++) {
                plan.listAs("generic_fentry");
                add(policy.fentries().get(index), "fentries", index);
            }
            return plan.build();
        } catch (TetragonException | RuntimeException e) {
            plan.abandon();
            throw e;
        }
    }

    private void add(FunctionSpec spec, String section, int index) throws TetragonException {
        Functions functions = Functions.of(spec, types);
        List<Integer> positions = new ArrayList<>();
        if (!functions.names().isEmpty()) {
            boolean overrides = spec.selectors().stream()
                    .anyMatch(selector -> selector.actions().stream().anyMatch(Action.Override.class::isInstance)
                            || selector.returnActions().stream().anyMatch(Action.Override.class::isInstance));
            AttachMethod method = AttachMethod.of(spec, functions, overrides, policy.options(), context.kernel(),
                    context.settings());
            if (method.objectPerFunction()) {
                requireFew(spec.at() + ": hook " + spec.call().written(), functions.names().size(),
                        spec instanceof FentrySpec ? "use kprobes" : "name fewer, or use override-method: override-return");
                for (String function : functions.names()) {
                    positions.add(object(spec, method, functions, List.of(function)));
                }
            } else {
                positions.add(object(spec, method, functions, functions.names()));
            }
        }
        plan.hook(new PlannedHook(section, index, spec.call().written(), state(functions),
                spec.selectors().stream().map(Selector::label).toList(), positions));
    }

    private int object(FunctionSpec spec, AttachMethod method, Functions functions, List<String> names)
            throws TetragonException {
        int hook = plan.nextHook();
        CompiledHook compiled = compiler.compile(spec, target(method, functions, names), hook, KprobeSensor.OPCODE,
                method == AttachMethod.FMOD_RET ? flags | HookCompiler.OVERRIDES_BY_RESULT : flags);
        Map<Integer, String> syscalls = method == AttachMethod.SYSCALL_DISPATCHER ? indexes(functions) : Map.of();
        plan.own(policy.name(), spec, compiled, hook,
                new HookEvent.Kprobe(syscalls.isEmpty() ? names::get : syscalls::get));

        ObjectPlan.Builder object = ObjectPlan.of(policy.name() + "/" + names.get(0), objects.bytes(file(method)));
        compiled.applyTo(object);
        attach(object, method, names, syscalls, compiled.returns());
        return plan.object(object.build());
    }

    private HookTarget target(AttachMethod method, Functions functions, List<String> names) {
        HookTarget.Family family = switch (method) {
            case FENTRY, FMOD_RET -> HookTarget.Family.FENTRY;
            case SYSCALL_DISPATCHER -> HookTarget.Family.SYSCALL;
            case KPROBE, KPROBE_MULTI, KPROBE_OVERRIDE -> HookTarget.Family.KPROBE;
        };
        return new HookTarget(family, types.function(names.get(0)).orElse(null), null, functions.syscalls());
    }

    private void attach(ObjectPlan.Builder object, AttachMethod method, List<String> names,
            Map<Integer, String> syscalls, boolean returns) throws TetragonException {
        switch (method) {
            case KPROBE -> probes(object, "hook_entry", names, returns, false);
            case KPROBE_OVERRIDE -> probes(object, "hook_override", names, returns, true);
            case KPROBE_MULTI -> {
                long[] cookies = LongStream.range(0, names.size()).toArray();
                if (returns) {
                    object.program("hook_return").attachType("hook_return", AttachType.TRACE_KPROBE_MULTI)
                            .attach(Attachments.kprobeMulti("hook_return", names, cookies, true));
                }
                object.program("hook_entry").attachType("hook_entry", AttachType.TRACE_KPROBE_MULTI)
                        .attach(Attachments.kprobeMulti("hook_entry", names, cookies, false));
            }
            case FENTRY -> trampolines(object, "hook_fentry", names.get(0), returns);
            case FMOD_RET -> trampolines(object, "hook_fmod_ret", names.get(0), returns);
            case SYSCALL_DISPATCHER -> dispatcher().plan(object, syscalls.keySet(), returns);
        }
    }

    /**
     * A policy that may outlive the agent has a dispatcher of its own: through a shared one it would stay in force as long as
     * any other does, whatever became of its own pins.
     */
    private SyscallDispatcher dispatcher() throws TetragonException {
        if (!context.settings().bool("keep-sensors-on-exit")) {
            return dispatcher.get();
        }
        SyscallDispatcher made = own;
        if (made == null) {
            made = new SyscallDispatcher(objects.bytes(Objects.Name.SYSCALL_DISPATCH));
            own = made;
            plan.inTheEnd(made::close);
        }
        return made;
    }

    /**
     * The return is attached first, so that no entry waits for one that nobody sees; but the probe that came last runs
     * first, and an override keeps those before it from running.
     */
    private static void probes(ObjectPlan.Builder object, String program, List<String> names, boolean returns,
            boolean overrides) {
        object.program(program);
        if (returns) {
            object.program("hook_return");
        }
        for (int cookie = 0; cookie < names.size(); cookie++) {
            Attachment entry = Attachments.kprobe(program, names.get(cookie), cookie, false);
            if (overrides) {
                object.attach(entry);
            }
            if (returns) {
                object.attach(Attachments.kprobe("hook_return", names.get(cookie), cookie, true));
            }
            if (!overrides) {
                object.attach(entry);
            }
        }
    }

    private static void trampolines(ObjectPlan.Builder object, String program, String function, boolean returns) {
        if (returns) {
            object.program("hook_fexit", function).attach(Attachments.trace("hook_fexit", function, 0));
        }
        object.program(program, function).attach(Attachments.trace(program, function, 0));
    }

    private static Objects.Name file(AttachMethod method) {
        return switch (method) {
            case KPROBE, KPROBE_MULTI, KPROBE_OVERRIDE -> Objects.Name.KPROBE;
            case FENTRY, FMOD_RET -> Objects.Name.FENTRY;
            case SYSCALL_DISPATCHER -> Objects.Name.SYSCALL;
        };
    }

    /** Which function each index of the dispatcher stands for. */
    private static Map<Integer, String> indexes(Functions functions) {
        Map<Integer, String> indexes = new LinkedHashMap<>();
        for (int i = 0; i < functions.names().size(); i++) {
            String function = functions.names().get(i);
            Syscalls.index(functions.calls().get(i)).ifPresent(index -> indexes.put(index, function));
        }
        return indexes;
    }

    /** Refuses more functions than trampolines are worth while for. */
    static void requireFew(String what, int functions, String remedy) throws TetragonException {
        if (functions > TRAMPOLINES_MAX) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, what, "it names " + functions
                    + " functions, and fentry and fmod_ret take at most " + TRAMPOLINES_MAX, remedy);
        }
    }

    private static State state(Functions functions) {
        if (functions.missing().isEmpty()) {
            return State.LOADED;
        }
        return functions.names().isEmpty() ? State.CALL_NOT_FOUND : State.PARTIAL_CALL_NOT_FOUND;
    }
}
