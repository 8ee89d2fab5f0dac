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
 * bundle is not stopped under a sensor in use. A sensor that its bundle does not announce is refused: it could take the place of
 * another one by its name.
 */
final class SensorTracker {
    private static final Log LOG = Log.of(SensorTracker.class);

    private final ServiceTracker<Sensor, Sensor> tracker;

    /** @param bundles knows which bundle announces which sensor */
    SensorTracker(BundleContext context, SensorManager sensors, SensorBundles bundles) {
        tracker = new ServiceTracker<>(context, Sensor.class, new ServiceTrackerCustomizer<Sensor, Sensor>() {
            @Override
            public @Nullable Sensor addingService(ServiceReference<Sensor> reference) {
                Sensor sensor = context.getService(reference);
                if (sensor == null) {
                    return null;
                }
                try {
                    if (bundles.isAnnouncedBy(reference.getBundle(), sensor.name())) {
                        sensors.add(sensor);
                        return sensor;
                    }
                    LOG.error("sensor refused", "sensor", sensor.name(), "bundle", reference.getBundle(), "reason",
                            "its bundle's manifest does not announce it");
                } catch (RuntimeException | Error e) {
                    LOG.defect(e, "cannot take a sensor", "bundle", reference.getBundle(), "reason", e.toString());
                }
                context.ungetService(reference);
                return null;
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
