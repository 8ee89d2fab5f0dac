// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.policy.sensor.PolicySensor;
import org.jspecify.annotations.Nullable;

/** A sensor of generic hooks: it decodes their records as long as it is enabled, and plans policies. Control thread only. */
public abstract class HookSensor implements PolicySensor {
    private final String name;
    private final String policyName;
    private final int[] opcodes;
    private @Nullable GenericDecoder decoder;

    /**
     * @param name of the sensor
     * @param policyName under which policies list it
     * @param opcodes of its records
     */
    protected HookSensor(String name, String policyName, int... opcodes) {
        this.name = name;
        this.policyName = policyName;
        this.opcodes = opcodes.clone();
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final String policyName() {
        return policyName;
    }

    @Override
    public final SensorPlan plan(SensorContext context) {
        GenericDecoder records = new GenericDecoder(context);
        decoder = records;
        SensorPlan.Builder plan = SensorPlan.of();
        for (int opcode : opcodes) {
            plan.decoder(opcode, records::decode);
        }
        return plan.build();
    }

    @Override
    public final PolicyPlan plan(TracingPolicy policy, SensorContext context, BinarySets binaries)
            throws TetragonException {
        GenericDecoder records = decoder;
        if (records == null) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "plan policy " + policy.name(),
                    "sensor " + name + " is not enabled", "tetra sensors enable " + name);
        }
        try (KernelTypes types = KernelTypes.ofKernel()) {
            return plan(policy, context, types, records, binaries);
        }
    }

    /**
     * Plans the hooks of a policy.
     *
     * @param types of the kernel, closed afterwards
     * @param decoder of the hooks' records
     * @throws TetragonException if they make no sense or cannot be had on this kernel; nothing is then held for them
     */
    protected abstract PolicyPlan plan(TracingPolicy policy, SensorContext context, KernelTypes types,
            GenericDecoder decoder, BinarySets binaries) throws TetragonException;

    @Override
    public void detached(SensorContext context) {
        decoder = null;
    }
}
