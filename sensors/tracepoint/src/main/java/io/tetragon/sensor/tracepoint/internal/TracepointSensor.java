// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.tracepoint.internal;

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
 * Hooks on tracepoints: by perf event, with the fields of the tracepoint's format, and raw, with the arguments of its
 * prototype.
 */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY,
        attribute = {"name=" + TracepointSensor.NAME, "sections:List<String>=\"tracepoints\""})
public final class TracepointSensor implements PolicySensor {
    static final String NAME = "tracepoint";

    /** Opcode of the records of hooks on tracepoints. */
    static final int OPCODE = 14;

    private @Nullable GenericDecoder decoder;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String policyName() {
        return "generic_tracepoint";
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
                    "sensor tracepoint is not enabled", "tetra sensors enable tracepoint");
        }
        try (KernelTypes types = KernelTypes.ofKernel()) {
            return new TracepointPlanner(policy, types, records, binaries).plan();
        }
    }

    @Override
    public void detached(SensorContext context) {
        decoder = null;
    }
}
