// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

import io.tetragon.api.TetragonException;

/**
 * What a sensor bundle registers as an OSGi service. The platform loads and attaches what the sensor plans, reads the ring
 * buffer for it and undoes everything when the service goes; the sensor holds no descriptor of its own.
 *
 * <p>A bundle names its sensors in its manifest as well, so that they are known before it is started:
 * {@code Provide-Capability: io.tetragon.sensor;name=exec}. A sensor with the attribute {@code start=always} is started with
 * the agent; if it has an attribute {@code flag} as well, only where that flag of the agent is not empty. Any other is
 * started with the first policy that needs it, or when a user enables it.
 */
public interface Sensor {
    /** Namespace of the capability by which a bundle announces its sensors. */
    String CAPABILITY = "io.tetragon.sensor";

    /** Returns the name in the list of sensors, the same as in the manifest. */
    String name();

    /**
     * Says what to load, attach and decode on this machine. Called on the control thread each time the sensor is enabled.
     *
     * @throws TetragonException if the kernel offers no way to do what the sensor is for
     */
    SensorPlan plan(SensorContext context) throws TetragonException;

    /**
     * Called on the control thread when every program is attached and records flow.
     *
     * @throws TetragonException to give up: everything is detached again
     */
    default void attached(SensorContext context) throws TetragonException {}

    /**
     * Called on the control thread when every program is detached and the last record was decoded; also where attaching
     * failed half-way, behind an {@link #attached} that threw or was never called.
     */
    default void detached(SensorContext context) {}
}
