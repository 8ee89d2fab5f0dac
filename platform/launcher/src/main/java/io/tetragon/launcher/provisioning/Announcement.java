// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import io.tetragon.api.sensor.Sensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;

/**
 * A sensor that a bundle names in its manifest.
 *
 * @param sensor name of the sensor
 * @param startAlways whether it is started with the agent instead of on first use; one that names a flag only where the
 *     user has set it
 * @param sections the sections of policies that it serves
 */
record Announcement(String sensor, boolean startAlways, List<String> sections) {
    /** Of {@code PolicySensor}; that class is loaded with the first policy. */
    private static final String SECTIONS = "sections";

    Announcement {
        sections = List.copyOf(sections);
    }

    /**
     * Reads the announcements of a bundle, which need be neither resolved nor started.
     *
     * @param flags tells whether a flag is set
     */
    static List<Announcement> of(Bundle bundle, Predicate<String> flags) {
        List<Announcement> announcements = new ArrayList<>();
        for (BundleCapability capability : bundle.adapt(BundleRevision.class).getDeclaredCapabilities(Sensor.CAPABILITY)) {
            if (capability.getAttributes().get("name") instanceof String name && !name.isBlank()) {
                boolean always = "always".equals(capability.getAttributes().get("start"))
                        && (!(capability.getAttributes().get("flag") instanceof String flag) || flags.test(flag));
                announcements.add(new Announcement(name, always, sections(capability.getAttributes().get(SECTIONS))));
            }
        }
        return List.copyOf(announcements);
    }

    /** One section may be written without the type of a list. */
    private static List<String> sections(@Nullable Object attribute) {
        if (attribute instanceof Collection<?> list) {
            return list.stream().map(String::valueOf).toList();
        }
        return attribute instanceof String one ? List.of(one) : List.of();
    }
}
