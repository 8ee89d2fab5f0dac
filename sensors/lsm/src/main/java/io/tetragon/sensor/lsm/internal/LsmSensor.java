// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.lsm.internal;

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

/** Hooks of the kernel's security modules, which can refuse what they are asked about, and know the hashes of files. */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY,
        attribute = {"name=" + LsmSensor.NAME, "sections:List<String>=\"lsmhooks\""})
public final class LsmSensor implements PolicySensor {
    static final String NAME = "lsm";

    /** Opcode of the records of LSM hooks. */
    static final int OPCODE = 16;

    private @Nullable GenericDecoder decoder;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String policyName() {
        return "generic_lsm";
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
                    "sensor lsm is not enabled", "tetra sensors enable lsm");
        }
        try (KernelTypes types = KernelTypes.ofKernel()) {
            return new LsmPlanner(policy, context.kernel(), types, records, binaries).plan();
        }
    }

    @Override
    public void detached(SensorContext context) {
        decoder = null;
    }
}
