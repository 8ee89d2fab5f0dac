// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Texts, and the sets that each of them belongs to. A lookup in the kernel's trie yields only the longest text that a path
 * begins with, so what goes there is the closure: with each text the sets of every shorter one that it begins with itself.
 */
final class BinaryTexts {
    /** In an order in which all that begins with a text follows it. */
    private final NavigableMap<ByteBuffer, BitSet> texts = new TreeMap<>();
    private int longest;

    /** Puts a text into a set. */
    void add(byte[] text, int set) {
        texts.computeIfAbsent(ByteBuffer.wrap(text), key -> new BitSet()).set(set);
        longest = Math.max(longest, text.length);
    }

    boolean isEmpty() {
        return texts.isEmpty();
    }

    /** Returns the bytes of the longest text. */
    int longest() {
        return longest;
    }

    /** Returns what the trie has to hold. */
    Map<ByteBuffer, BitSet> closure() {
        Map<ByteBuffer, BitSet> closure = new TreeMap<>();
        Deque<ByteBuffer> shorter = new ArrayDeque<>();
        texts.forEach((text, own) -> {
            while (!shorter.isEmpty() && !begins(text, shorter.peek())) {
                shorter.pop();
            }
            BitSet sets = (BitSet) own.clone();
            if (!shorter.isEmpty()) {
                sets.or(closure.get(shorter.peek()));
            }
            closure.put(text, sets);
            shorter.push(text);
        });
        return closure;
    }

    private static boolean begins(ByteBuffer text, ByteBuffer with) {
        return text.remaining() >= with.remaining() && text.slice(0, with.remaining()).equals(with);
    }
}
