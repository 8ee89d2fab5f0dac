// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/**
 * Names of types as relocations compare them: without the flavour, which is what follows the last {@code ___} between two
 * other characters. Most names of the kernel's are refused by how they begin, and most of the others by their hash, before
 * they are decoded.
 */
final class BtfNames {
    private static final int FILTER_BITS = 4096;
    private static final String SEPARATOR = "___";

    private final Set<String> names;
    private final long[] beginnings = new long[FILTER_BITS / Long.SIZE];
    private final long[] hashes = new long[FILTER_BITS / Long.SIZE];

    /** @param names without flavours */
    BtfNames(Set<String> names) {
        this.names = names;
        for (String name : names) {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            set(hashes, Btf.hash(bytes));
            if (bytes.length < Btf.BEGINNING) {
                // a flavour can follow before the beginning is complete
                Arrays.fill(beginnings, -1);
            } else {
                set(beginnings, Btf.beginning(bytes));
            }
        }
    }

    /** @return the name of an own type of {@code btf} when it is one of these, else an empty string */
    String match(Btf btf, int id) {
        if (!has(beginnings, btf.nameBeginning(id))) {
            return "";
        }
        int hash = btf.plainNameHash(id);
        if (hash != 0 && !has(hashes, hash)) {
            return "";
        }
        String name = withoutFlavour(btf.name(id));
        return names.contains(name) ? name : "";
    }

    /** @return the name that relocations go by */
    static String withoutFlavour(String name) {
        for (int at = name.lastIndexOf(SEPARATOR); at > 0; at = name.lastIndexOf(SEPARATOR, at - 1)) {
            int next = at + SEPARATOR.length();
            if (name.charAt(at - 1) != '_' && next < name.length() && name.charAt(next) != '_') {
                return name.substring(0, at);
            }
        }
        return name;
    }

    private static void set(long[] filter, int value) {
        int bit = bit(value);
        filter[bit / Long.SIZE] |= 1L << bit;
    }

    private static boolean has(long[] filter, int value) {
        int bit = bit(value);
        return (filter[bit / Long.SIZE] & 1L << bit) != 0;
    }

    private static int bit(int value) {
        return (value ^ value >>> 12 ^ value >>> 24) & FILTER_BITS - 1;
    }
}
