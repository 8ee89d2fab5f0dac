// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.elf.StapNotes.Probe;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Which probes somebody may have meant who named one that a file does not have. */
final class ProbeNames {
    private static final int SUGGESTIONS = 3;
    /** Names that have less than this of their letters in common are no mistakes of each other. */
    private static final double NEAR = 0.5;
    /** Names are compared by pairs of letters, in a time that grows with both. */
    private static final int LONGEST = 128;

    private record Candidate(String name, double likeness) {}

    private ProbeNames() {}

    /** Returns some of the probes as {@code provider:name}, best first. */
    static List<String> nearest(Probe wanted, List<Probe> probes) {
        return probes.stream()
                .map(probe -> new Candidate(probe.provider() + ":" + probe.name(), likeness(wanted, probe)))
                .filter(candidate -> candidate.likeness >= NEAR)
                .sorted(Comparator.comparingDouble(Candidate::likeness).reversed().thenComparing(Candidate::name))
                .limit(SUGGESTIONS)
                .map(Candidate::name)
                .toList();
    }

    /** One of the right name and another provider is as good as one whose name is half wrong. */
    private static double likeness(Probe wanted, Probe probe) {
        return (2 * likeness(wanted.name(), probe.name()) + likeness(wanted.provider(), probe.provider())) / 3;
    }

    /** From 0 to 1: the letters of the longest common subsequence, twice, of all letters. */
    private static double likeness(String one, String other) {
        String a = cut(one);
        String b = cut(other);
        int[] row = new int[b.length() + 1];
        for (int i = 0; i < a.length(); i++) {
            int diagonal = 0;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                row[j] = a.charAt(i) == b.charAt(j - 1) ? diagonal + 1 : Math.max(above, row[j - 1]);
                diagonal = above;
            }
        }
        return 2.0 * row[b.length()] / (a.length() + b.length());
    }

    private static String cut(String name) {
        return name.substring(0, Math.min(LONGEST, name.length())).toLowerCase(Locale.ROOT);
    }
}
