// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.api.sensor.Attachments;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.hooks.HookPolicyPlan;
import io.tetragon.hooks.compile.HookCompiler;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.compile.Syscalls;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.Call;
import io.tetragon.policy.model.EnforcerSpec;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.PolicyPlan.PlannedHook;
import io.tetragon.policy.sensor.PolicyPlan.State;
import io.tetragon.sensor.kprobe.internal.abi.EnforcerConf;
import io.tetragon.sensor.kprobe.internal.abi.EnforcerFlags;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Plans a policy's enforcer: programs at its functions that replace the result, or signal, when a hook of the policy asked for
 * it on this thread. Where this kernel cannot replace results, a policy loads all the same if every action that asks for
 * one asks for a signal as well; its list and the log say what that means.
 */
final class EnforcerPlanner {
    /** Where the hooks leave what they ask for, and what they know of the enforcer. */
    private static final String REQUESTS = "enforcer_data";
    private static final String CONFIGURATION = "enforcer_conf";

    /** What the list of policies and the log say where a result was asked for. */
    private static final String ONLY_SIGNALS = "only signals: this kernel can kill, but not prevent the call";

    private final EnforcerSpec spec;
    private final TracingPolicy policy;
    private final KernelFeatures kernel;
    private final Objects objects;
    private final FunctionPlanner.Dispatcher dispatcher;
    private final HookPolicyPlan.Builder plan;
    /** The functions in the order of the policy; the index of those that are system calls, for others none. */
    private final Map<String, OptionalInt> functions = new LinkedHashMap<>();

    private EnforcerPlanner(EnforcerSpec spec, TracingPolicy policy, KernelFeatures kernel, Objects objects,
            FunctionPlanner.Dispatcher dispatcher, HookPolicyPlan.Builder plan) {
        this.spec = spec;
        this.policy = policy;
        this.kernel = kernel;
        this.objects = objects;
        this.dispatcher = dispatcher;
        this.plan = plan;
    }

    static void add(EnforcerSpec spec, TracingPolicy policy, KernelTypes types, KernelFeatures kernel, Objects objects,
            FunctionPlanner.Dispatcher dispatcher, HookPolicyPlan.Builder plan) throws TetragonException {
        EnforcerPlanner planner = new EnforcerPlanner(spec, policy, kernel, objects, dispatcher, plan);
        planner.find(types);
        planner.plan();
    }

    private void find(KernelTypes types) throws TetragonException {
        for (Call call : spec.calls()) {
            Functions found = Functions.of(call, isSyscall(call), types);
            if (!found.missing().isEmpty()) {
                throw found.missingFrom(spec.at() + ": enforcer of ", types, "take it out of the list");
            }
            for (int i = 0; i < found.names().size(); i++) {
                functions.putIfAbsent(found.names().get(i),
                        found.syscalls() ? Syscalls.index(found.calls().get(i)) : OptionalInt.empty());
            }
        }
    }

    /** Lists say what they are of. */
    private static boolean isSyscall(Call call) {
        String written = call.written();
        return !(call instanceof Call.FromList)
                && (written.startsWith("sys_") || written.startsWith("__x64_sys_") || written.startsWith("__ia32_sys_"));
    }

    private void plan() throws TetragonException {
        boolean results = asks(action -> action.error() != 0);
        boolean resultAlone = asks(action -> action.error() != 0 && action.signal() == 0);
        Map<String, EnforcerMethod> methods = new LinkedHashMap<>();
        for (Map.Entry<String, OptionalInt> function : functions.entrySet()) {
            EnforcerMethod method = results
                    ? EnforcerMethod.overriding(function.getKey(), policy.options().overrideMethod(), kernel)
                    : EnforcerMethod.NONE;
            if (!method.overrides() && !resultAlone) {
                method = EnforcerMethod.signalling(function.getValue().isPresent(), kernel);
            }
            if (method == EnforcerMethod.NONE) {
                throw impossible(function.getKey(), resultAlone);
            }
            methods.put(function.getKey(), method);
        }
        List<String> limited = results
                ? methods.keySet().stream().filter(name -> !methods.get(name).overrides()).toList()
                : List.of();
        addObjects(methods);
        if (!limited.isEmpty()) {
            String calls = spec.calls().stream().map(Call::written).collect(Collectors.joining(", "));
            plan.hook(new PlannedHook("enforcers", 0, calls + ": " + ONLY_SIGNALS, State.SIGNAL_ONLY, List.of(), List.of()));
            plan.warn("enforcer of " + calls + ": " + ONLY_SIGNALS + ": override_return: "
                    + kernel.feature("override_return").reason() + "; fmodret_syscall: "
                    + kernel.feature("fmodret_syscall").reason());
        }
    }

    private boolean asks(Predicate<Action.NotifyEnforcer> what) {
        return policy.hooks().stream()
                .flatMap(hook -> hook.selectors().stream())
                .anyMatch(selector -> selector.actions().stream().anyMatch(action -> is(action, what))
                        || selector.returnActions().stream().anyMatch(action -> is(action, what)));
    }

    private static boolean is(Action action, Predicate<Action.NotifyEnforcer> what) {
        return action instanceof Action.NotifyEnforcer notify && what.test(notify);
    }

    private TetragonException impossible(String function, boolean resultAlone) {
        String feature = function.startsWith("security_") ? "fmodret" : "fmodret_syscall";
        return new TetragonException(Kind.UNSUPPORTED, spec.at() + ": enforcer of " + function,
                "this kernel cannot replace its result" + (resultAlone ? "" : " or signal there") + ": override_return: "
                        + kernel.feature("override_return").reason() + "; " + feature + ": "
                        + kernel.feature(feature).reason(),
                resultAlone ? "give NotifyEnforcer an argSig as well: a signal ends the process, though the call itself is"
                        + " carried out" : "name system calls");
    }

    /** The configuration comes with the first object: it is there before any hook of the policy runs. */
    private void addObjects(Map<String, EnforcerMethod> methods) throws TetragonException {
        List<ObjectPlan.Builder> planned = new ArrayList<>();
        List<String> probed = names(methods, EnforcerMethod.OVERRIDE_RETURN);
        if (!probed.isEmpty()) {
            planned.add(probes("enforcer", probed));
        }
        List<String> trampolines = names(methods, EnforcerMethod.FMOD_RET);
        FunctionPlanner.requireFew(spec.at() + ": enforcer", trampolines.size(),
                "name fewer, or use override-method: override-return");
        for (String name : trampolines) {
            planned.add(ObjectPlan.of("enforcer/" + name, objects.bytes(Objects.Name.FENTRY))
                    .program("enforcer_fmod_ret", name)
                    .attach(Attachments.trace("enforcer_fmod_ret", name, 0)));
        }
        List<String> signalled = names(methods, EnforcerMethod.SIGNAL_AT_PROBE);
        if (!signalled.isEmpty()) {
            planned.add(probes("enforcer_signal", signalled));
        }
        Set<Integer> calls = new TreeSet<>();
        for (String name : names(methods, EnforcerMethod.SIGNAL_AT_SYSCALL)) {
            calls.add(functions.get(name).orElseThrow());
        }
        if (!calls.isEmpty()) {
            ObjectPlan.Builder object = ObjectPlan.of("enforcer/syscalls", objects.bytes(Objects.Name.SYSCALL));
            dispatcher.get().planEnforcer(object, calls);
            planned.add(object);
        }
        for (int i = 0; i < planned.size(); i++) {
            ObjectPlan.Builder object = planned.get(i).policyMap(REQUESTS);
            HookCompiler.omitMaps(object, i == 0 ? Set.of(REQUESTS, CONFIGURATION) : Set.of(REQUESTS));
            if (i == 0) {
                object.policyMap(CONFIGURATION).entry(CONFIGURATION, new byte[Integer.BYTES], configuration(methods));
            }
            plan.object(object.build());
        }
    }

    private ObjectPlan.Builder probes(String program, List<String> names) throws TetragonException {
        ObjectPlan.Builder object = ObjectPlan.of(program, objects.bytes(Objects.Name.KPROBE)).program(program);
        names.forEach(name -> object.attach(Attachments.kprobe(program, name, 0, false)));
        return object;
    }

    private static List<String> names(Map<String, EnforcerMethod> methods, EnforcerMethod method) {
        return methods.keySet().stream().filter(name -> methods.get(name) == method).toList();
    }

    private byte[] configuration(Map<String, EnforcerMethod> methods) {
        ByteBuffer value = ByteBuffer.allocate(EnforcerConf.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        int flags = methods.values().stream().anyMatch(EnforcerMethod::overrides) ? EnforcerFlags.ENFORCER_OVERRIDES : 0;
        for (OptionalInt call : functions.values()) {
            if (call.isPresent()) {
                int at = EnforcerConf.CALLS + call.getAsInt() / Byte.SIZE;
                value.put(at, (byte) (value.get(at) | 1 << call.getAsInt() % Byte.SIZE));
            } else {
                flags |= EnforcerFlags.ENFORCER_HAS_FUNCTIONS;
            }
        }
        // Numbers of hooks are no other policy's.
        return value.putInt(EnforcerConf.FLAGS, flags).putInt(EnforcerConf.POLICY, plan.nextHook()).array();
    }
}
