// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import io.tetragon.api.sensor.Sensor;
import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;

/**
 * A sensor that a bundle names in its manifest.
 *
 * @param sensor name of the sensor
 * @param startAlways whether it is started with the agent instead of on first use
 */
record Announcement(String sensor, boolean startAlways) {
    /** Reads the announcements of a bundle, which need be neither resolved nor started. */
    static List<Announcement> of(Bundle bundle) {
        List<Announcement> announcements = new ArrayList<>();
        for (BundleCapability capability : bundle.adapt(BundleRevision.class).getDeclaredCapabilities(Sensor.CAPABILITY)) {
            if (capability.getAttributes().get("name") instanceof String name && !name.isBlank()) {
                boolean always = "always".equals(capability.getAttributes().get("start"));
                announcements.add(new Announcement(name, always));
            }
        }
        return List.copyOf(announcements);
    }
}
