// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Names of types as relocations compare them: without the flavour, which is what follows the last {@code ___} between two
 * other characters. Most names are refused by their hash, since the kernel has a hundred thousand.
 */
final class BtfNames {
    private static final int FILTER_BITS = 4096;
    private static final String SEPARATOR = "___";

    private final Set<String> names;
    private final long[] filter = new long[FILTER_BITS / Long.SIZE];

    /** @param names without flavours */
    BtfNames(Set<String> names) {
        this.names = names;
        for (String name : names) {
            int bit = bit(Btf.hash(name.getBytes(StandardCharsets.UTF_8)));
            filter[bit / Long.SIZE] |= 1L << bit;
        }
    }

    /** @return the name of an own type of {@code btf} when it is one of these, else an empty string */
    String match(Btf btf, int id) {
        int hash = btf.plainNameHash(id);
        if (hash != 0) {
            int bit = bit(hash);
            if ((filter[bit / Long.SIZE] & 1L << bit) == 0) {
                return "";
            }
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

    private static int bit(int hash) {
        return (hash ^ hash >>> 12 ^ hash >>> 24) & FILTER_BITS - 1;
    }
}
