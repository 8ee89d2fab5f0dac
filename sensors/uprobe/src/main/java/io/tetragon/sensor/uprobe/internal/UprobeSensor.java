// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import io.tetragon.hooks.HookPolicyPlan;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.policy.sensor.PolicySensor;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.Component;

/** Hooks on functions of programs and libraries, and on the static probes (USDT) that their authors put there. */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY,
        attribute = {"name=" + UprobeSensor.NAME, "sections:List<String>=\"uprobes,usdts\""})
public final class UprobeSensor implements PolicySensor {
    static final String NAME = "uprobe";

    /** Opcodes of the records of uprobes and of USDTs. */
    static final int OPCODE = 15;
    static final int USDT_OPCODE = 28;

    /** Names under which the policy's sensors are listed. */
    static final String LISTED = "generic_uprobe";
    static final String USDT_LISTED = "generic_usdt";

    private @Nullable GenericDecoder decoder;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String policyName() {
        return LISTED;
    }

    @Override
    public SensorPlan plan(SensorContext context) {
        GenericDecoder records = new GenericDecoder(context);
        decoder = records;
        return SensorPlan.of().decoder(OPCODE, records::decode).decoder(USDT_OPCODE, records::decode).build();
    }

    @Override
    public PolicyPlan plan(TracingPolicy policy, SensorContext context, BinarySets binaries) throws TetragonException {
        GenericDecoder records = decoder;
        if (records == null) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "plan policy " + policy.name(),
                    "sensor uprobe is not enabled", "tetra sensors enable uprobe");
        }
        HookPolicyPlan.Builder plan = HookPolicyPlan.of(records, binaries);
        try (KernelTypes types = KernelTypes.ofKernel()) {
            new UprobePlanner(policy, types, context, plan, binaries).plan();
            new UsdtPlanner(policy, types, context, plan, binaries).plan();
            return plan.build();
        } catch (TetragonException | RuntimeException e) {
            plan.abandon();
            throw e;
        }
    }

    @Override
    public void detached(SensorContext context) {
        decoder = null;
    }
}
