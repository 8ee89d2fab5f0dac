// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Sensor;
import java.util.List;

/**
 * Knows every sensor and its state, and loads, attaches and detaches them. Changes are serialised on one control thread;
 * methods return when the change is done. Safe for use by any thread.
 */
public interface SensorManager {
    /** Returns every sensor, by name. */
    List<SensorStatus> list();

    /** Enables a sensor: starts its bundle if need be, loads and attaches. Enabling twice does nothing. */
    void enable(String name) throws TetragonException;

    /** Detaches and unloads a sensor; it stays off until somebody enables it. */
    void disable(String name) throws TetragonException;

    /** Detaches a sensor and uninstalls its bundle. */
    void remove(String name) throws TetragonException;

    /** Tells that a bundle which announces a sensor is there, started or not. */
    default void bundleInstalled(String sensor, String bundle, SensorStatus.State state) {
        bundleInstalled(sensor, bundle, state, List.of());
    }

    /**
     * Tells that a bundle which announces a sensor is there, started or not. If a policy needs the sensor, its bundle is
     * started when this returns.
     *
     * @param sections the sections of policies that the sensor serves, as its bundle announces them
     */
    void bundleInstalled(String sensor, String bundle, SensorStatus.State state, List<String> sections);

    /** Tells that a bundle or file is broken; {@code sensor} is the file's name where nothing better is known. */
    void bundleFailed(String sensor, String bundle, String reason);

    /** Tells that a bundle or broken file is gone. */
    void bundleGone(String sensor);

    /** Takes a sensor whose bundle was started: loads and attaches it unless a user disabled it. */
    void add(Sensor sensor);

    /** Gives up a sensor whose bundle stops: detached and unloaded when this returns. */
    void remove(Sensor sensor);
}
