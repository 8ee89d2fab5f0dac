// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.policy.model.TracingPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The sections of a policy that sensors serve. */
final class PolicySections {
    /** The bundles of this project, for the remedy; others may serve the same sections. */
    private static final Map<String, String> BUNDLES = Map.of(
            "kprobes", "io.tetragon.sensor.kprobe",
            "fentries", "io.tetragon.sensor.kprobe",
            "enforcers", "io.tetragon.sensor.kprobe",
            "tracepoints", "io.tetragon.sensor.tracepoint",
            "uprobes", "io.tetragon.sensor.uprobe",
            "usdts", "io.tetragon.sensor.uprobe",
            "lsmhooks", "io.tetragon.sensor.lsm",
            "loader", "io.tetragon.sensor.loader");

    private PolicySections() {}

    /** Returns the sections that a policy has; enforcers first, for they must be there before somebody notifies them. */
    static List<String> of(TracingPolicy policy) {
        List<String> sections = new ArrayList<>();
        addIf(policy.enforcer() != null, "enforcers", sections);
        addIf(!policy.kprobes().isEmpty(), "kprobes", sections);
        addIf(!policy.fentries().isEmpty(), "fentries", sections);
        addIf(!policy.tracepoints().isEmpty(), "tracepoints", sections);
        addIf(!policy.uprobes().isEmpty(), "uprobes", sections);
        addIf(!policy.usdts().isEmpty(), "usdts", sections);
        addIf(!policy.lsmhooks().isEmpty(), "lsmhooks", sections);
        addIf(policy.loader(), "loader", sections);
        return sections;
    }

    private static void addIf(boolean present, String section, List<String> sections) {
        if (present) {
            sections.add(section);
        }
    }

    /** Says that nobody serves a section. */
    static TetragonException unserved(String section) {
        String bundle = BUNDLES.getOrDefault(section, "a bundle that announces it");
        return new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "section " + section,
                "no sensor serves it", "put " + bundle + " into the folder of sensors");
    }
}
