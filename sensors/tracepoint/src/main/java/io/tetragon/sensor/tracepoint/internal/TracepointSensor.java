// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.tracepoint.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.hooks.HookSensor;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.Component;

/**
 * Hooks on tracepoints: by perf event, with the fields of the tracepoint's format, and raw, with the arguments of its
 * prototype.
 */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY,
        attribute = {"name=" + TracepointSensor.NAME, "sections:List<String>=\"tracepoints\""})
public final class TracepointSensor extends HookSensor {
    static final String NAME = "tracepoint";

    /** Opcode of the records of hooks on tracepoints. */
    static final int OPCODE = 14;

    /** Made by the service component runtime. */
    public TracepointSensor() {
        super(NAME, "generic_tracepoint", OPCODE);
    }

    @Override
    protected PolicyPlan plan(TracingPolicy policy, SensorContext context, KernelTypes types,
            GenericDecoder decoder, BinarySets binaries) throws TetragonException {
        return new TracepointPlanner(policy, context.kernel(), types, decoder, binaries).plan();
    }
}
