// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.api.TetragonException;
import io.tetragon.core.internal.policy.BinarySet.Kind;
import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.model.BinaryFilter.Match;
import io.tetragon.policy.model.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Closures, looked up as the kernel does it, against a comparison with every value of every set. */
class BinaryTextsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 20, 200})
    void theLongestTextOfATrieHasAllSetsOfAPath(int count) throws TetragonException {
        Random random = new Random(count);
        for (int round = 0; round < 200; round++) {
            List<BinarySet> sets = new ArrayList<>();
            BinaryTexts prefixes = new BinaryTexts();
            BinaryTexts postfixes = new BinaryTexts();
            for (int number = 0; number < count; number++) {
                BinarySet set = BinarySet.of(RandomPaths.filter(random));
                sets.add(set);
                set.addTo(prefixes, postfixes, number);
            }
            Map<ByteBuffer, BitSet> forwards = prefixes.closure();
            Map<ByteBuffer, BitSet> backwards = postfixes.closure();
            for (int i = 0; i < 50; i++) {
                String path = RandomPaths.path(random);
                BitSet found = longest(forwards, path + '\0');
                found.or(longest(backwards, new StringBuilder(path).reverse().toString()));
                assertEquals(RandomPaths.matching(sets, path), found, () -> path + " in " + sets);
            }
        }
    }

    @Test
    void filtersAreTheSameSetWhateverTheirOrderAndNegation() throws TetragonException {
        BinarySet set = BinarySet.of(filter(Match.IN, "/bin/a", "/bin/b"));
        assertEquals(set, BinarySet.of(filter(Match.NOT_IN, "/bin/b", "/bin/a", "/bin/b")));
        assertEquals(Kind.PREFIX, BinarySet.of(filter(Match.NOT_PREFIX, "/bin/b")).kind());
        assertEquals(Kind.POSTFIX, BinarySet.of(filter(Match.NOT_POSTFIX, "/bin/b")).kind());
    }

    @Test
    void bytesAndNotCharactersCount() throws TetragonException {
        BinaryTexts prefixes = new BinaryTexts();
        BinarySet.of(filter(Match.PREFIX, "/\u00fcml")).addTo(prefixes, new BinaryTexts(), 7);
        assertEquals("/\u00fcml".getBytes(StandardCharsets.UTF_8).length, prefixes.longest());
    }

    private static BinaryFilter filter(Match match, String... values) {
        return new BinaryFilter(new Position(1, 1), match, List.of(values), false);
    }

    private static BitSet longest(Map<ByteBuffer, BitSet> trie, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int length = bytes.length; length >= 0; length--) {
            BitSet sets = trie.get(ByteBuffer.wrap(bytes, 0, length));
            if (sets != null) {
                return (BitSet) sets.clone();
            }
        }
        return new BitSet();
    }
}
