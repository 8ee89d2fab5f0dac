// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Makes bytes from the kernel valid UTF-8: each run of bad bytes becomes one U+FFFD. For any thread. */
public final class Utf8 {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long TOP_BITS = 0x8080_8080_8080_8080L;
    private static final byte[] REPLACEMENT = "\uFFFD".getBytes(StandardCharsets.UTF_8);

    private Utf8() {}

    /** Tells whether a part is valid as it is. */
    static boolean isValid(byte[] bytes, int offset, int count) {
        int end = offset + count;
        for (int i = nonAscii(bytes, offset, end); i < end; ) {
            int size = sequence(bytes, i, end);
            if (size == 0) {
                return false;
            }
            i = nonAscii(bytes, i + size, end);
        }
        return true;
    }

    /** Returns a copy of a part, made valid. */
    public static byte[] valid(byte[] from, int offset, int count) {
        return isValid(from, offset, count)
                ? Arrays.copyOfRange(from, offset, offset + count) : repaired(from, offset, count);
    }

    /** Returns a copy of a part with its bad bytes replaced. */
    static byte[] repaired(byte[] from, int offset, int count) {
        int end = offset + count;
        byte[] to = new byte[Math.multiplyExact(count, REPLACEMENT.length)];
        int n = 0;
        boolean bad = false;
        for (int i = offset; i < end; ) {
            int size = sequence(from, i, end);
            if (size == 0) {
                if (!bad) {
                    System.arraycopy(REPLACEMENT, 0, to, n, REPLACEMENT.length);
                    n += REPLACEMENT.length;
                }
                i++;
            } else {
                System.arraycopy(from, i, to, n, size);
                n += size;
                i += size;
            }
            bad = size == 0;
        }
        return Arrays.copyOf(to, n);
    }

    private static int nonAscii(byte[] bytes, int from, int end) {
        int i = from;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            long high = (long) LONGS.get(bytes, i) & TOP_BITS;
            if (high != 0) {
                return i + (Long.numberOfTrailingZeros(high) >>> 3);
            }
        }
        while (i < end && bytes[i] >= 0) {
            i++;
        }
        return i;
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
