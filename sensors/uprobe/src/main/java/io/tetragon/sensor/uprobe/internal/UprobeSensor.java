// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.hooks.HookPolicyPlan;
import io.tetragon.hooks.HookSensor;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.Component;

/** Hooks on functions of programs and libraries, and on the static probes (USDT) that their authors put there. */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY,
        attribute = {"name=" + UprobeSensor.NAME, "sections:List<String>=\"uprobes,usdts\""})
public final class UprobeSensor extends HookSensor {
    static final String NAME = "uprobe";

    /** Opcodes of the records of uprobes and of USDTs. */
    static final int OPCODE = 15;
    static final int USDT_OPCODE = 28;

    /** Names under which the policy's sensors are listed. */
    static final String LISTED = "generic_uprobe";
    static final String USDT_LISTED = "generic_usdt";

    /** Made by the service component runtime. */
    public UprobeSensor() {
        super(NAME, LISTED, OPCODE, USDT_OPCODE);
    }

    @Override
    protected PolicyPlan plan(TracingPolicy policy, SensorContext context, KernelTypes types,
            GenericDecoder decoder, BinarySets binaries) throws TetragonException {
        HookPolicyPlan.Builder plan = HookPolicyPlan.of(decoder, binaries);
        try {
            new UprobePlanner(policy, types, context, plan, binaries).plan();
            new UsdtPlanner(policy, types, context, plan, binaries).plan();
            return plan.build();
        } catch (TetragonException | RuntimeException e) {
            plan.abandon();
            throw e;
        }
    }
}
