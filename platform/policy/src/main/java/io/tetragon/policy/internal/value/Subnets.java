// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.value;

import io.tetragon.policy.model.FilterValue;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** IPv4 and IPv6 addresses with an optional prefix length; never asks a name server. */
final class Subnets {
    private static final int LONGEST = 49;

    private Subnets() {}

    static FilterValue.Subnet parse(String written) throws ValueException {
        int slash = written.indexOf('/');
        String literal = slash < 0 ? written : written.substring(0, slash);
        byte[] bytes = literal.length() > LONGEST ? null : literal.indexOf(':') >= 0 ? six(literal) : four(literal);
        if (bytes == null) {
            throw new ValueException("it is an address or a CIDR", "write it like 10.0.0.0/8 or fd00::/8");
        }
        int bits = bytes.length * 8;
        int prefix = slash < 0 ? bits : decimal(written.substring(slash + 1), bits);
        if (prefix < 0) {
            throw new ValueException("the prefix length lies from 0 to " + bits, "");
        }
        try {
            if (bytes.length == 16 && InetAddress.getByAddress(bytes).getAddress().length == 4) {
                throw new ValueException("it is an IPv4 address in IPv6's notation", "write it as IPv4");
            }
            return new FilterValue.Subnet(written, InetAddress.getByAddress(bytes), prefix);
        } catch (UnknownHostException e) {
            throw new ValueException("it is no address", "");
        }
    }

    private static byte @Nullable [] four(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return null;
        }
        byte[] bytes = new byte[4];
        for (int i = 0; i < 4; i++) {
            int part = decimal(parts[i], 255);
            if (part < 0) {
                return null;
            }
            bytes[i] = (byte) part;
        }
        return bytes;
    }

    private static byte @Nullable [] six(String text) {
        int gap = text.indexOf("::");
        List<Integer> head = words(gap < 0 ? text : text.substring(0, gap), gap < 0);
        List<Integer> tail = words(gap < 0 ? "" : text.substring(gap + 2), true);
        if (head == null || tail == null) {
            return null;
        }
        int given = head.size() + tail.size();
        if (gap < 0 ? given != 8 : given > 7) {
            return null;
        }
        byte[] bytes = new byte[16];
        for (int i = 0; i < head.size(); i++) {
            put(bytes, i, head.get(i));
        }
        for (int i = 0; i < tail.size(); i++) {
            put(bytes, 8 - tail.size() + i, tail.get(i));
        }
        return bytes;
    }

    private static @Nullable List<Integer> words(String text, boolean last) {
        List<Integer> words = new ArrayList<>();
        if (text.isEmpty()) {
            return words;
        }
        String[] parts = text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            if (last && i == parts.length - 1 && parts[i].indexOf('.') >= 0) {
                byte[] four = four(parts[i]);
                if (four == null) {
                    return null;
                }
                words.add((four[0] & 0xff) << 8 | four[1] & 0xff);
                words.add((four[2] & 0xff) << 8 | four[3] & 0xff);
            } else if (parts[i].matches("[0-9a-fA-F]{1,4}")) {
                words.add(Integer.parseInt(parts[i], 16));
            } else {
                return null;
            }
        }
        return words;
    }

    private static void put(byte[] bytes, int word, int value) {
        bytes[2 * word] = (byte) (value >> 8);
        bytes[2 * word + 1] = (byte) value;
    }

    private static int decimal(String text, int max) {
        if (!text.matches("0|[1-9][0-9]{0,2}")) {
            return -1;
        }
        int number = Integer.parseInt(text);
        return number <= max ? number : -1;
    }
}
