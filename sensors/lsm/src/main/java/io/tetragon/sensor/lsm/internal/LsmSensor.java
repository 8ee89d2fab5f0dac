// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.lsm.internal;

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

/** Hooks of the kernel's security modules, which can refuse what they are asked about, and know the hashes of files. */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY,
        attribute = {"name=" + LsmSensor.NAME, "sections:List<String>=\"lsmhooks\""})
public final class LsmSensor extends HookSensor {
    static final String NAME = "lsm";

    /** Opcode of the records of LSM hooks. */
    static final int OPCODE = 16;

    /** Made by the service component runtime. */
    public LsmSensor() {
        super(NAME, "generic_lsm", OPCODE);
    }

    @Override
    protected PolicyPlan plan(TracingPolicy policy, SensorContext context, KernelTypes types,
            GenericDecoder decoder, BinarySets binaries) throws TetragonException {
        return new LsmPlanner(policy, context.kernel(), types, decoder, binaries).plan();
    }
}
