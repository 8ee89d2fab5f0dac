// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.sensor;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.policy.model.TracingPolicy;

/**
 * A sensor that serves sections of tracing policies. Its bundle says which in the manifest, so that it is started with the
 * first policy that has one of them and stopped with the last:
 * {@code Provide-Capability: io.tetragon.sensor;name=kprobe;sections:List<String>="kprobes,fentries"}.
 *
 * <p>Its own plan is what all policies have in common, often decoders and no object at all. What a policy needs is planned
 * for each policy, loaded by the platform while events flow, and undone when the policy goes.
 */
public interface PolicySensor extends Sensor {
    /** Attribute of the capability: the sections of {@code spec} that the sensor serves. */
    String SECTIONS = "sections";

    /** Returns the name under which policies list the sensor, such as {@code generic_kprobe}. */
    String policyName();

    /**
     * Says what to load for this sensor's sections of a policy. Called on the control thread; loads nothing itself.
     *
     * @param context the sensor's own, as given to {@link #plan(SensorContext)}
     * @param binaries where the sets of its matchBinaries come from; what is acquired is released in
     *     {@link PolicyPlan#unloaded}, or before this throws
     * @throws TetragonException if the policy asks for what this kernel does not have
     */
    PolicyPlan plan(TracingPolicy policy, SensorContext context, BinarySets binaries) throws TetragonException;
}
