// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.model.BinaryFilter.Match;
import io.tetragon.policy.model.Position;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/** Paths of few components, so that many are the beginning or end of others, and filters on them. */
final class RandomPaths {
    private static final String[] NAMES = {"a", "b", "ab", "usr", "bin", "cat"};

    private RandomPaths() {}

    static String path(Random random) {
        StringBuilder path = new StringBuilder();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            path.append('/').append(NAMES[random.nextInt(NAMES.length)]);
        }
        return path.toString();
    }

    static BinaryFilter filter(Random random) {
        Match match = Match.values()[random.nextInt(Match.values().length)];
        List<String> values = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            String path = path(random);
            values.add(switch (match) {
                case IN, NOT_IN -> path;
                case PREFIX, NOT_PREFIX -> path.substring(0, random.nextInt(path.length() + 1));
                case POSTFIX, NOT_POSTFIX -> path.substring(random.nextInt(path.length() + 1));
            });
        }
        boolean exact = match == Match.IN || match == Match.NOT_IN;
        return new BinaryFilter(new Position(1, 1), match, values, exact && random.nextBoolean());
    }

    /** Returns the positions of the sets that a path is in. */
    static BitSet matching(List<BinarySet> sets, String path) {
        BitSet matching = new BitSet();
        for (int i = 0; i < sets.size(); i++) {
            matching.set(i, matches(sets.get(i), path));
        }
        return matching;
    }

    private static boolean matches(BinarySet set, String path) {
        return set.values().stream().anyMatch(value -> switch (set.kind()) {
            case EXACT -> path.equals(value);
            case PREFIX -> path.startsWith(value);
            case POSTFIX -> path.endsWith(value);
        });
    }
}
