// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Makes bytes from the kernel valid UTF-8: each run of bad bytes becomes one U+FFFD. */
final class Utf8 {
    private static final byte[] NONE = {};
    private static final byte[] REPLACEMENT = "\uFFFD".getBytes(StandardCharsets.UTF_8);

    private Utf8() {}

    /** Returns a copy of the part, made valid. */
    static byte[] valid(byte[] from, int offset, int count) {
        if (count <= 0) {
            return NONE;
        }
        int end = offset + count;
        for (int i = ByteSearch.indexOfNonAscii(from, offset, end); i < end; ) {
            int size = sequence(from, i, end);
            if (size == 0) {
                return repaired(from, offset, end);
            }
            i = ByteSearch.indexOfNonAscii(from, i + size, end);
        }
        return Arrays.copyOfRange(from, offset, end);
    }

    private static byte[] repaired(byte[] from, int offset, int end) {
        byte[] to = new byte[(end - offset) * REPLACEMENT.length];
        int n = 0;
        boolean bad = false;
        for (int i = offset; i < end; ) {
            int size = sequence(from, i, end);
            if (size == 0) {
                if (!bad) {
                    System.arraycopy(REPLACEMENT, 0, to, n, REPLACEMENT.length);
                    n += REPLACEMENT.length;
                }
                bad = true;
                i++;
            } else {
                System.arraycopy(from, i, to, n, size);
                n += size;
                bad = false;
                i += size;
            }
        }
        return Arrays.copyOf(to, n);
    }

    /** Returns the length of the sequence at {@code i}, 0 if there is no valid one (RFC 3629: no overlong, no surrogate). */
    private static int sequence(byte[] b, int i, int end) {
        int first = b[i] & 0xFF;
        if (first < 0x80) {
            return 1;
        }
        int size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
        if (size == 0 || i + size > end) {
            return 0;
        }
        int second = b[i + 1] & 0xFF;
        int low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < low || second > high) {
            return 0;
        }
        for (int k = 2; k < size; k++) {
            if ((b[i + k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return size;
    }
}
