// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Collects the names that somebody may have meant: those at the smallest edit distance, among them those that begin alike. Used
 * by one thread.
 */
public final class NearestNames {
    private record Candidate(String name, int distance, int prefix) {}

    private static final Comparator<Candidate> BEST = Comparator.comparingInt(Candidate::distance)
            .thenComparing(Comparator.comparingInt(Candidate::prefix).reversed())
            .thenComparing(Candidate::name);

    private final String wanted;
    private final int max;
    private final int farthest;
    private final List<Candidate> best = new ArrayList<>();

    /** @param max how many to keep */
    public NearestNames(String wanted, int max) {
        this.wanted = wanted;
        this.max = max;
        this.farthest = Math.max(2, wanted.length() / 4);
    }

    /** Looks at a name that exists. */
    public void offer(String name) {
        if (Math.abs(name.length() - wanted.length()) > farthest) {
            return;
        }
        int distance = distance(name);
        if (distance > farthest || best.stream().anyMatch(candidate -> candidate.name.equals(name))) {
            return;
        }
        best.add(new Candidate(name, distance, commonPrefix(name)));
        best.sort(BEST);
        if (best.size() > max) {
            best.remove(max);
        }
    }

    /** Returns the nearest, best first. */
    public List<String> names() {
        return best.stream().map(Candidate::name).toList();
    }

    private int commonPrefix(String name) {
        int length = 0;
        while (length < Math.min(name.length(), wanted.length()) && name.charAt(length) == wanted.charAt(length)) {
            length++;
        }
        return length;
    }

    /** Levenshtein's, given up as soon as it must exceed what counts as near. */
    private int distance(String name) {
        int[] row = new int[wanted.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= name.length(); i++) {
            int diagonal = row[0];
            int smallest = row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int substituted = diagonal + (name.charAt(i - 1) == wanted.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
                smallest = Math.min(smallest, row[j]);
            }
            if (smallest > farthest) {
                return smallest;
            }
        }
        return row[wanted.length()];
    }
}
