// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.core.PolicyCounters;
import io.tetragon.core.PolicyStatus;
import io.tetragon.core.PolicyStatus.Mode;
import io.tetragon.core.internal.abi.PolicyConf;
import io.tetragon.core.internal.abi.PolicyMode;
import io.tetragon.core.internal.pin.PinFolder;
import io.tetragon.core.internal.policyfilter.PolicyFilters;
import io.tetragon.core.internal.sensor.LoadedObject;
import io.tetragon.core.internal.sensor.LoadedObjects;
import io.tetragon.core.internal.sensor.LoadedSensor;
import io.tetragon.core.internal.sensor.Platform;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.policy.sensor.PolicyPlan.PlannedHook;
import io.tetragon.policy.sensor.PolicySensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A policy whose hooks are attached. It owns the objects of all its sensors and their links; closing undoes them and loses
 * no record that is in the ring. Used by the control thread, but for what is said to be for any thread.
 */
final class LoadedPolicy implements AutoCloseable {
    private static final Log LOG = Log.of(LoadedPolicy.class);

    private static final String CONFIGURATION = "policy_conf";
    private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

    /** What one sensor does for the policy. */
    private record Part(LoadedSensor loaded, PolicySensor sensor, PolicyPlan plan, List<LoadedObject> objects) {
        /** A policy without objects of its own, such as the loader's, works by those of the sensor. */
        long kernelMemoryBytes() {
            return objects.isEmpty() ? loaded.kernelMemoryBytes()
                    : objects.stream().mapToLong(LoadedObject::kernelMemoryBytes).sum();
        }
    }

    private final Platform platform;
    private final TracingPolicy policy;
    private final PolicyFilters filters;
    private final LoadedObjects objects;
    private final List<Part> parts = new ArrayList<>();
    private boolean closed;

    private LoadedPolicy(Platform platform, TracingPolicy policy, PinFolder pins, PolicyFilters filters) {
        this.platform = platform;
        this.policy = policy;
        this.filters = filters;
        objects = new LoadedObjects(platform, policy.name(), pins, filters);
    }

    /**
     * Loads a policy and attaches its hooks, wholly or not at all.
     *
     * @param sensors those that serve its sections, in their order
     * @param pins where its links are pinned
     * @param filters whom it is for; closed with the policy, after a failure at once
     */
    static LoadedPolicy load(Platform platform, TracingPolicy policy, Mode mode, List<LoadedSensor> sensors,
            BinarySets binaries, PinFolder pins, PolicyFilters filters) throws TetragonException {
        LoadedPolicy loaded = new LoadedPolicy(platform, policy, pins, filters);
        try {
            for (LoadedSensor sensor : sensors) {
                loaded.plan(sensor, binaries);
            }
            loaded.load(mode);
            loaded.attach();
            return loaded;
        } catch (TetragonException | RuntimeException | Error e) {
            loaded.close();
            throw e;
        }
    }

    private void plan(LoadedSensor sensor, BinarySets binaries) throws TetragonException {
        if (!(sensor.sensor() instanceof PolicySensor serving)) {
            throw new TetragonException(TetragonException.Kind.INTERNAL, "use sensor " + sensor.sensor().name(),
                    "its bundle announces sections of policies, but it serves none", "install another version of it");
        }
        PolicyPlan plan = serving.plan(policy, sensor.context(), binaries);
        parts.add(new Part(sensor, serving, plan, new ArrayList<>()));
        int count = plan.objects().size();
        if (plan.hooks().stream().flatMap(hook -> hook.objects().stream()).anyMatch(i -> i < 0 || i >= count)) {
            throw new TetragonException(TetragonException.Kind.INTERNAL, "use sensor " + serving.name(),
                    "its plan names objects that it has not", "install another version of it");
        }
        plan.warnings().forEach(warning -> LOG.warn("policy loads with a doubt", "policy", policy.name(),
                "sensor", serving.policyName(), "warning", warning));
    }

    private void load(Mode mode) throws TetragonException {
        for (Part part : parts) {
            part.objects().addAll(objects.loadAll(part.plan().objects(), (index, e) -> at(part, index, e)));
            if (filters.restrict() && part.objects().stream().noneMatch(LoadedObject::restricted)) {
                throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "use sensor "
                        + part.sensor().name(), "it cannot be restricted to some processes",
                        "put what it does into a policy for all of them");
            }
        }
        if (mode == Mode.MONITOR || objects.policyMap(CONFIGURATION) != null) {
            mode(mode);
        }
    }

    private void attach() throws TetragonException {
        for (Part part : parts) {
            for (int i = 0; i < part.objects().size(); i++) {
                try {
                    objects.attach(part.objects().get(i), part.sensor().policyName());
                } catch (TetragonException e) {
                    throw at(part, i, e);
                }
            }
        }
        objects.attachedAll();
    }

    /** Says which hook it was. */
    private static TetragonException at(Part part, int object, TetragonException e) {
        for (PlannedHook hook : part.plan().hooks()) {
            if (hook.objects().contains(object)) {
                String where = hook.section() + '[' + hook.index() + "] " + hook.description();
                return new TetragonException(e.kind(), where + ": " + e.what(), e.why(), e.remedy(), e);
            }
        }
        return e;
    }

    /** Whether any hook that interferes is in the kernel: those that this kernel lacks may have been left out. */
    private boolean enforces(Part part) {
        return part.plan().hooks().stream().filter(hook -> !hook.objects().isEmpty()).anyMatch(hook -> {
            List<? extends HookSpec> section = policy.hooks(hook.section());
            return hook.index() < section.size() && section.get(hook.index()).enforces();
        });
    }

    /** Switches between enforcing and watching, for hooks that are running, too. */
    void mode(Mode mode) throws TetragonException {
        BpfMap configuration = objects.policyMap(CONFIGURATION);
        if (configuration == null && parts.stream().noneMatch(this::enforces)) {
            return;
        }
        if (configuration == null) {
            throw new TetragonException(TetragonException.Kind.INTERNAL, "set the mode of policy " + policy.name(),
                    "its sensors keep none", "install sensors that belong to this version of the agent");
        }
        ByteBuffer value = ByteBuffer.allocate(PolicyConf.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        value.putInt(PolicyConf.MODE, mode == Mode.MONITOR ? PolicyMode.POLICY_MONITOR : PolicyMode.POLICY_ENFORCE);
        try {
            configuration.update(new byte[Integer.BYTES], value.array(), BpfMap.ANY);
        } catch (BpfException e) {
            throw new TetragonException(TetragonException.Kind.INTERNAL, "set the mode of policy " + policy.name(),
                    e.reason(), e.remedy(), e);
        }
    }

    /** Tells whether some hook could be attached in part only. */
    boolean partial() {
        return parts.stream().flatMap(part -> part.plan().hooks().stream())
                .anyMatch(hook -> hook.state() != PolicyPlan.State.LOADED);
    }

    /** Returns the names that the list of policies shows. */
    List<String> sensorNames() {
        Set<String> names = new LinkedHashSet<>();
        for (Part part : parts) {
            List<String> listed = part.plan().listedAs();
            names.addAll(listed.isEmpty() ? List.of(part.sensor().policyName()) : listed);
        }
        return List.copyOf(names);
    }

    /** Returns the hooks. For any thread. */
    List<PolicyStatus.Hook> hooks() {
        List<PolicyStatus.Hook> hooks = new ArrayList<>();
        for (Part part : parts) {
            for (PlannedHook hook : part.plan().hooks()) {
                hooks.add(new PolicyStatus.Hook(hook.section(), hook.index(), hook.description(), hook.state()));
            }
        }
        return hooks;
    }

    /**
     * Returns the counters of this moment; none if the policy is being unloaded, or forbids the agent the call that reads
     * them: the list is how a user finds such a policy. For any thread.
     */
    List<PolicyStatus.SelectorCounters> counters() {
        List<PolicyStatus.SelectorCounters> counters = new ArrayList<>();
        try {
            for (Part part : parts) {
                for (PlannedHook hook : part.plan().hooks()) {
                    for (int selector = 0; selector < Math.max(1, hook.selectorLabels().size()); selector++) {
                        counters.add(counters(part, hook, selector));
                    }
                }
            }
        } catch (IllegalStateException e) {
            LOG.debug("policy unloaded while it was listed", "policy", policy.name());
            return List.of();
        } catch (BpfException e) {
            LOG.warn("counters cannot be read", "policy", policy.name(), "reason", e.reason());
            return List.of();
        }
        return counters;
    }

    private static PolicyStatus.SelectorCounters counters(Part part, PlannedHook hook, int selector) {
        PolicyCounters sum = PolicyCounters.ZERO;
        for (int object : hook.objects()) {
            sum = sum.plus(HookStats.read(part.objects().get(object), selector));
        }
        String label = selector < hook.selectorLabels().size() ? hook.selectorLabels().get(selector) : "";
        return new PolicyStatus.SelectorCounters(hook.description(), hook.index(), selector, label, sum);
    }

    /** Returns the bytes of kernel memory of this moment; none if the policy is being unloaded. For any thread. */
    long kernelMemoryBytes() {
        try {
            return parts.stream().mapToLong(Part::kernelMemoryBytes).sum() + filters.memoryBytes();
        } catch (IllegalStateException | BpfException e) {
            LOG.debug("policy unloaded while it was listed", "policy", policy.name());
            return 0;
        }
    }

    /** Returns what it has loaded, for whoever detaches many policies at once. */
    LoadedObjects objects() {
        return objects;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (objects.detach() && !platform.reader().awaitDrained(DRAIN_NANOS)) {
            LOG.warn("records of an unloaded policy may be unread", "policy", policy.name());
        }
        for (Part part : parts) {
            try {
                part.plan().unloaded();
            } catch (RuntimeException | Error e) {
                LOG.defect(e, "sensor failed to forget a policy", "policy", policy.name(),
                        "sensor", part.sensor().policyName(), "reason", e.toString());
            }
        }
        objects.close();
        filters.close();
    }
}
