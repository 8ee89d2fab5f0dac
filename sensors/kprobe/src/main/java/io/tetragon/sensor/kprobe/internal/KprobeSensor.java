// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.policy.sensor.PolicySensor;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.Component;

/**
 * Hooks on kernel functions and system calls, and the enforcers that act on what other hooks tell them. Attached is whatever
 * costs the system least on this kernel, see {@link AttachMethod}.
 */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY,
        attribute = {"name=" + KprobeSensor.NAME, "sections:List<String>=\"kprobes,fentries,enforcers\""})
public final class KprobeSensor implements PolicySensor {
    static final String NAME = "kprobe";

    /** Opcode of the records of hooks on functions. */
    static final int OPCODE = 13;

    private final Objects objects = new Objects();
    private @Nullable GenericDecoder decoder;
    private @Nullable SyscallDispatcher dispatcher;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String policyName() {
        return "generic_kprobe";
    }

    @Override
    public SensorPlan plan(SensorContext context) {
        GenericDecoder records = new GenericDecoder(context);
        decoder = records;
        return SensorPlan.of().decoder(OPCODE, records::decode).build();
    }

    @Override
    public PolicyPlan plan(TracingPolicy policy, SensorContext context, BinarySets binaries) throws TetragonException {
        GenericDecoder records = decoder;
        if (records == null) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "plan policy " + policy.name(),
                    "sensor kprobe is not enabled", "tetra sensors enable kprobe");
        }
        try (KernelTypes types = KernelTypes.ofKernel()) {
            return new FunctionPlanner(policy, context, objects, types, this::dispatcher, records, binaries).plan();
        }
    }

    @Override
    public void detached(SensorContext context) {
        SyscallDispatcher used = dispatcher;
        if (used != null) {
            used.close();
            dispatcher = null;
        }
        decoder = null;
    }

    private SyscallDispatcher dispatcher() throws TetragonException {
        SyscallDispatcher used = dispatcher;
        if (used == null) {
            used = new SyscallDispatcher(objects.bytes(Objects.Name.SYSCALL_DISPATCH));
            dispatcher = used;
        }
        return used;
    }
}
