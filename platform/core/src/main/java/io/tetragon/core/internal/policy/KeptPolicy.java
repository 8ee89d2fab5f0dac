// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.core.PolicyStatus.Mode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A client's policy as it is kept in a file: what the client sent, below comments that say what else is known of it, so that
 * the file is a policy by itself. A digest tells whether it is whole.
 *
 * @param order of its coming; those with lower numbers came before
 * @param domain as the client named it
 * @param enabled whether it is loaded
 * @param mode what a client asked for while it was here, null if none did
 * @param yaml the client's bytes
 */
record KeptPolicy(long order, String domain, boolean enabled, @Nullable Mode mode, byte[] yaml) {
    private static final String HEAD = "# Tetragon: policy of a client, format 1. Written by the agent; delete the policy to remove it.\n";
    private static final String DIGEST = "# sha256: ";
    private static final int DIGEST_LINE = DIGEST.length() + 64 + 1;
    private static final Pattern KNOWN = Pattern.compile(
            "# domain: ([^\\n]{1,1024})\\n# order: (\\d{1,18})\\n# enabled: (true|false)\\n# mode: (default|enforce|monitor)\\n");

    /** Bytes that are in front of the client's, at most. */
    static final int HEAD_MAX = 8192;

    KeptPolicy withState(boolean nowEnabled, @Nullable Mode nowMode) {
        return new KeptPolicy(order, domain, nowEnabled, nowMode, yaml);
    }

    byte[] bytes() {
        String known = HEAD + "# domain: " + domain + "\n# order: " + order + "\n# enabled: " + enabled + "\n# mode: "
                + (mode == null ? "default" : mode.name().toLowerCase(Locale.ROOT)) + '\n';
        byte[] head = known.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head);
        out.writeBytes((DIGEST + digest(head, yaml) + '\n').getBytes(StandardCharsets.US_ASCII));
        out.writeBytes(yaml);
        return out.toByteArray();
    }

    /** Reads what {@link #bytes} wrote; null if it is anything else, or not all of it. */
    static @Nullable KeptPolicy of(byte[] bytes) {
        String start = new String(bytes, 0, Math.min(bytes.length, HEAD_MAX), StandardCharsets.UTF_8);
        if (!start.startsWith(HEAD)) {
            return null;
        }
        Matcher known = KNOWN.matcher(start).region(HEAD.length(), start.length());
        if (!known.lookingAt()) {
            return null;
        }
        byte[] head = start.substring(0, known.end()).getBytes(StandardCharsets.UTF_8);
        int body = head.length + DIGEST_LINE;
        if (body > bytes.length) {
            return null;
        }
        byte[] yaml = Arrays.copyOfRange(bytes, body, bytes.length);
        String said = new String(bytes, head.length, DIGEST_LINE, StandardCharsets.US_ASCII);
        if (!said.equals(DIGEST + digest(head, yaml) + '\n')) {
            return null;
        }
        Mode mode = known.group(4).equals("default") ? null : Mode.valueOf(known.group(4).toUpperCase(Locale.ROOT));
        return new KeptPolicy(Long.parseLong(known.group(2)), known.group(1), known.group(3).equals("true"), mode, yaml);
    }

    private static String digest(byte[] head, byte[] yaml) {
        MessageDigest digest = sha256();
        digest.update(head);
        digest.update(yaml);
        return HexFormat.of().formatHex(digest.digest());
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
