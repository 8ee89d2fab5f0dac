// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import io.tetragon.api.TetragonException;

/**
 * What the sensor manager asks of whoever owns the bundles. Called on the thread that asked for the change, without a lock
 * of the manager's: an implementation may wait for threads that call the manager.
 */
public interface BundleControl {
    /** Starts the bundle of a sensor; its service arrives before or after this returns. */
    void start(String sensor) throws TetragonException;

    /**
     * Nobody needs a sensor any more for which {@link #start} was called: stops its bundle, unless that runs for another
     * reason as well. If it is stopped, its service is gone when this returns.
     */
    void stop(String sensor) throws TetragonException;

    /** Uninstalls the bundle of a sensor; its service is gone when this returns. */
    void uninstall(String sensor) throws TetragonException;
}
