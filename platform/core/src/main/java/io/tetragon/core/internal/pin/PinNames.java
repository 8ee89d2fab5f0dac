// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.pin;

import io.tetragon.core.PolicyKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Names of files in a BPF file system, which may have neither a slash nor a dot and are limited to 255 bytes. A policy may
 * have any name, so what is not a letter, digit, hyphen or inner underscore becomes {@code %} and two hexadecimal digits
 * for each byte. What is too long is cut, with a hash of the whole behind a {@code ~}; it can be compared but not read back.
 *
 * <pre>
 *   [namespace:]name[@domain]     a policy; no domain stands for that of files
 *   +...                          not all of its links are pinned yet
 *   __base__                      the sensors that belong to no policy
 * </pre>
 */
public final class PinNames {
    /** Folder of the sensors that belong to no policy. */
    static final String BASE = "__base__";
    /** Folder of the maps that tell what happened. */
    static final String MAPS = "__maps__";
    /** Begins the name of a folder that is not complete. */
    static final String UNFINISHED = "+";

    private static final int POLICY_MAX = 170;
    private static final int DOMAIN_MAX = 60;
    private static final int HASH_BYTES = 8;

    private PinNames() {}

    /** Returns the folder of a policy. */
    public static String policy(PolicyKey key) {
        String name = policyName(key.namespace(), key.name());
        return key.domain().equals(PolicyKey.STATIC) ? name : name + '@' + limited(escape(key.domain()), DOMAIN_MAX);
    }

    /** Returns the part of a folder's name that is the same in every domain. */
    public static String policyName(String namespace, String name) {
        return limited(namespace.isEmpty() ? escape(name) : escape(namespace) + ':' + escape(name), POLICY_MAX);
    }

    /** Returns that part of a folder's name. */
    static String policyName(String folder) {
        int at = folder.indexOf('@');
        return at < 0 ? folder : folder.substring(0, at);
    }

    /** Returns what a folder stands for, in words. */
    static String readable(String folder) {
        int at = folder.indexOf('@');
        String name = policyName(folder);
        return unescape(name.replace(':', '/')) + " of domain " + (at < 0 ? PolicyKey.STATIC : unescape(folder.substring(at + 1)));
    }

    /** Returns the name of a pin: its number, then what it is, as far as that is fit for a name. */
    static String pin(int number, String what) {
        String fit = what.replaceAll("[^A-Za-z0-9]+", "_");
        return number + "_" + fit.substring(0, Math.min(80, fit.length()));
    }

    /** Returns a name of any length and characters as one of a file. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            char c = (char) (bytes[i] & 0xff);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' && i > 0;
            if (plain) {
                escaped.append(c);
            } else {
                escaped.append('%').append(HexFormat.of().toHexDigits((byte) c));
            }
        }
        return escaped.toString();
    }

    private static String unescape(String text) {
        byte[] bytes = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            boolean escaped = text.charAt(i) == '%' && i + 2 < text.length()
                    && HexFormat.isHexDigit(text.charAt(i + 1)) && HexFormat.isHexDigit(text.charAt(i + 2));
            bytes[length++] = escaped ? (byte) HexFormat.fromHexDigits(text, i + 1, i + 3) : (byte) text.charAt(i);
            i += escaped ? 2 : 0;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    private static String limited(String name, int max) {
        if (name.length() <= max) {
            return name;
        }
        byte[] hash;
        try {
            hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        return name.substring(0, max - 1 - 2 * HASH_BYTES) + '~' + HexFormat.of().formatHex(hash, 0, HASH_BYTES);
    }
}
