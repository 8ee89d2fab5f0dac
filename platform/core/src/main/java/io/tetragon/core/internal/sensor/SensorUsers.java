// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

/** Who builds on sensors. Called on the control thread. */
public interface SensorUsers {
    /** Nobody. */
    SensorUsers NONE = new SensorUsers() {
        @Override
        public boolean wants(String sensor) {
            return false;
        }

        @Override
        public void arrived(String sensor) {}

        @Override
        public void leaving(String sensor, String why) {}
    };

    /** Tells whether somebody uses the sensor, or would if it were there. */
    boolean wants(String sensor);

    /** The sensor is loaded. */
    void arrived(String sensor);

    /**
     * The sensor is about to be unloaded: what builds on it must be gone when this returns.
     *
     * @param why the reason, such as {@code it was disabled}
     */
    void leaving(String sensor, String why);
}
