// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.core.SensorManager;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;
import org.osgi.util.tracker.ServiceTrackerCustomizer;

/**
 * Hands the sensor services of bundles to the sensor manager. Both calls last until the sensor is attached or detached, so a
 * bundle is not stopped under a sensor in use.
 */
final class SensorTracker {
    private static final Log LOG = Log.of(SensorTracker.class);

    private final ServiceTracker<Sensor, Sensor> tracker;

    SensorTracker(BundleContext context, SensorManager sensors) {
        tracker = new ServiceTracker<>(context, Sensor.class, new ServiceTrackerCustomizer<Sensor, Sensor>() {
            @Override
            public @Nullable Sensor addingService(ServiceReference<Sensor> reference) {
                Sensor sensor = context.getService(reference);
                if (sensor == null) {
                    return null;
                }
                try {
                    sensors.add(sensor);
                } catch (RuntimeException e) {
                    LOG.defect(e, "cannot take a sensor", "bundle", reference.getBundle());
                }
                return sensor;
            }

            @Override
            public void modifiedService(ServiceReference<Sensor> reference, Sensor sensor) {
                // Properties of the service mean nothing to us.
            }

            @Override
            public void removedService(ServiceReference<Sensor> reference, Sensor sensor) {
                try {
                    sensors.remove(sensor);
                } catch (RuntimeException e) {
                    LOG.defect(e, "cannot give up a sensor", "bundle", reference.getBundle());
                }
                context.ungetService(reference);
            }
        });
    }

    void open() {
        tracker.open();
    }

    /** Tells whether a bundle has registered a sensor that works. */
    boolean hasSensorOf(Bundle bundle) {
        ServiceReference<Sensor>[] references = tracker.getServiceReferences();
        if (references != null) {
            for (ServiceReference<Sensor> reference : references) {
                if (bundle.equals(reference.getBundle())) {
                    return true;
                }
            }
        }
        return false;
    }
}
