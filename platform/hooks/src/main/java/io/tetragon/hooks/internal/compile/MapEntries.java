// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.hooks.internal.abi.HookAddressKey;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.hooks.internal.abi.HookLongText;
import io.tetragon.hooks.internal.abi.HookNumberKey;
import io.tetragon.hooks.internal.abi.HookSubstring;
import io.tetragon.hooks.internal.abi.HookTextKey;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a hook's maps of values hold. Filters with equal values share them. */
final class MapEntries {
    static final String TEXTS = "hook_texts";
    static final String LONG_TEXTS = "hook_long_texts";
    static final String SUBSTRINGS = "hook_substrings";
    static final String NUMBERS = "hook_numbers";
    static final String ADDRESSES = "hook_addresses";

    /** The longest text that is a key; OPERATOR_EXACT's NUL goes behind it. */
    static final int TEXT_KEY_MAX = HookLimits.HOOK_TEXT_KEY - 1;

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    /** A key is there or it is not; the value says nothing. */
    private static final byte[] PRESENT = {1};

    /** An entry. */
    record Entry(byte[] key, byte[] value) {}

    /** Where a filter finds its texts. */
    record Texts(int key, int firstLong, int longs) {}

    private final Map<String, List<Entry>> maps = new LinkedHashMap<>();
    private final Map<Object, Integer> keys = new HashMap<>();
    private final Map<Object, Texts> texts = new HashMap<>();

    /** Returns the maps that have entries, by name. */
    Map<String, List<Entry>> maps() {
        return maps;
    }

    /** Adds the texts of a filter, as the programs compare them: postfixes reversed, exact ones without their NUL. */
    Texts texts(int operator, List<byte[]> values, boolean exact) {
        List<ByteBuffer> same = values.stream().map(ByteBuffer::wrap).distinct().toList();
        Object identity = List.of(operator, same);
        Texts known = texts.get(identity);
        if (known != null) {
            return known;
        }
        int key = texts.size() + 1;
        int firstLong = maps.getOrDefault(LONG_TEXTS, List.of()).size();
        int longs = 0;
        for (ByteBuffer value : same) {
            if (value.remaining() > TEXT_KEY_MAX) {
                addLong(key, value.array(), exact);
                longs++;
            } else {
                add(TEXTS, textKey(key, value.array(), exact), PRESENT);
            }
        }
        Texts added = new Texts(key, firstLong, longs);
        texts.put(identity, added);
        return added;
    }

    /** Adds the numbers of a filter and returns their key. */
    int numbers(List<Long> values) {
        return keys.computeIfAbsent(values, v -> {
            int key = keys.size() + 1;
            for (long value : values) {
                add(NUMBERS, buffer(HookNumberKey.SIZE).putInt(HookNumberKey.KEY, key)
                        .putLong(HookNumberKey.VALUE, value).array(), PRESENT);
            }
            return key;
        });
    }

    /** Bits of an address that must be the same. */
    record Subnet(ByteBuffer address, int prefixLength) {}

    /** Adds the addresses of a filter and returns their key. */
    int addresses(List<Subnet> subnets) {
        return keys.computeIfAbsent(subnets, s -> {
            int key = keys.size() + 1;
            subnets.stream().distinct().forEach(subnet -> {
                byte[] address = subnet.address.array();
                ByteBuffer entry = buffer(HookAddressKey.SIZE)
                        .putInt(HookAddressKey.BITS, Short.SIZE + Short.SIZE + subnet.prefixLength)
                        .putShort(HookAddressKey.KEY, (short) key)
                        .putShort(HookAddressKey.FAMILY, (short) (address.length == 4 ? AF_INET : AF_INET6));
                add(ADDRESSES, entry.put(HookAddressKey.ADDRESS, address).array(), PRESENT);
            });
            return key;
        });
    }

    /** Adds the texts that a filter looks for anywhere and returns the first one's index. */
    int substrings(List<byte[]> values) {
        List<ByteBuffer> run = values.stream().map(value -> ByteBuffer.wrap(
                buffer(HookSubstring.SIZE).putInt(HookSubstring.SIZE_, value.length).put(HookSubstring.TEXT, value)
                        .array())).toList();
        List<ByteBuffer> there = maps.getOrDefault(SUBSTRINGS, List.of()).stream()
                .map(entry -> ByteBuffer.wrap(entry.value)).toList();
        int same = Collections.indexOfSubList(there, run);
        if (same >= 0) {
            return same;
        }
        run.forEach(value -> append(SUBSTRINGS, value.array()));
        return there.size();
    }

    private static byte[] textKey(int key, byte[] text, boolean exact) {
        int bits = Short.SIZE + Byte.SIZE * (text.length + (exact ? 1 : 0));
        return buffer(HookTextKey.SIZE).putInt(HookTextKey.BITS, bits).putShort(HookTextKey.KEY, (short) key)
                .put(HookTextKey.TEXT, text).array();
    }

    private void addLong(int key, byte[] text, boolean exact) {
        append(LONG_TEXTS, buffer(HookLongText.SIZE).putShort(HookLongText.KEY, (short) key)
                .putShort(HookLongText.PREFIX, (short) (exact ? 0 : 1)).putInt(HookLongText.SIZE_, text.length)
                .put(HookLongText.TEXT, text).array());
    }

    private void append(String map, byte[] value) {
        int index = maps.getOrDefault(map, List.of()).size();
        add(map, buffer(Integer.BYTES).putInt(0, index).array(), value);
    }

    private void add(String map, byte[] key, byte[] value) {
        Objects.requireNonNull(maps.computeIfAbsent(map, m -> new ArrayList<>())).add(new Entry(key, value));
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
