// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.bpf.BpfMap;
import io.tetragon.core.internal.abi.BinaryKey;
import io.tetragon.core.internal.abi.BinarySets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** A trie in the kernel and what was written into it, so that a change writes only what differs. Control thread only. */
final class BinaryTrie {
    private final BpfMap map;
    private final Map<ByteBuffer, BitSet> written = new HashMap<>();

    BinaryTrie(BpfMap map) {
        this.map = map;
    }

    /**
     * Makes the trie hold this. Meanwhile a lookup finds the old or the new of each text.
     *
     * @throws io.tetragon.bpf.BpfException when the kernel refuses; what was written until then stays and is known
     */
    void write(Map<ByteBuffer, BitSet> wanted) {
        wanted.forEach((text, sets) -> {
            if (!sets.equals(written.get(text))) {
                map.update(key(text), value(sets), BpfMap.ANY);
                written.put(text, sets);
            }
        });
        for (ByteBuffer text : new ArrayList<>(written.keySet())) {
            if (!wanted.containsKey(text)) {
                map.delete(key(text));
                written.remove(text);
            }
        }
    }

    private static byte[] key(ByteBuffer text) {
        ByteBuffer key = ByteBuffer.allocate(BinaryKey.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        key.putInt(BinaryKey.BITS, text.remaining() * Byte.SIZE);
        key.put(BinaryKey.TEXT, text, 0, text.remaining());
        return key.array();
    }

    private static byte[] value(BitSet sets) {
        return BinarySetRegistry.words(sets, BinarySets.SIZE);
    }
}
