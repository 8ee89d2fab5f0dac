// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.kprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.hooks.HookSensor;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
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
public final class KprobeSensor extends HookSensor {
    static final String NAME = "kprobe";

    /** Opcode of the records of hooks on functions. */
    static final int OPCODE = 13;

    private final Objects objects = new Objects();
    private @Nullable SyscallDispatcher dispatcher;

    /** Made by the service component runtime. */
    public KprobeSensor() {
        super(NAME, "generic_kprobe", OPCODE);
    }

    @Override
    protected PolicyPlan plan(TracingPolicy policy, SensorContext context, KernelTypes types,
            GenericDecoder decoder, BinarySets binaries) throws TetragonException {
        return new FunctionPlanner(policy, context, objects, types, this::dispatcher, decoder, binaries).plan();
    }

    @Override
    public void detached(SensorContext context) {
        SyscallDispatcher used = dispatcher;
        if (used != null) {
            used.close();
            dispatcher = null;
        }
        super.detached(context);
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
