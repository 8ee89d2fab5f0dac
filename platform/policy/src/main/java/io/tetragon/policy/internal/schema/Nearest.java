// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import java.util.Collection;
import java.util.Locale;

/** Finds the word that somebody probably meant. */
public final class Nearest {
    private static final int LONGEST = 64;

    private Nearest() {}

    /** Returns {@code did you mean "x"?}, or an empty text when nothing is near. */
    public static String hint(String given, Collection<String> known) {
        if (given.isEmpty() || given.length() > LONGEST) {
            return "";
        }
        String best = "";
        int least = given.length() / 3 + 1;
        String lower = given.toLowerCase(Locale.ROOT);
        for (String word : known) {
            int distance = distance(lower, word.toLowerCase(Locale.ROOT));
            if (distance < least) {
                least = distance;
                best = word;
            }
        }
        return best.isEmpty() ? "" : "did you mean \"" + best + "\"?";
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
