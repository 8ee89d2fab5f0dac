// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks for bytes eight at a time: arguments and environments are most of what a decoder reads. */
final class ByteSearch {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long EACH = 0x0101_0101_0101_0101L;
    private static final long TOP_BITS = EACH << 7;

    private ByteSearch() {}

    /** Returns the index of the first {@code wanted}, {@code end} if there is none. */
    static int indexOf(byte[] bytes, int from, int end, byte wanted) {
        int i = from;
        long pattern = EACH * (wanted & 0xFF);
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            long x = (long) LONGS.get(bytes, i) ^ pattern;
            // The lowest top bit that is set belongs to the first byte that became zero.
            long zero = x - EACH & ~x & TOP_BITS;
            if (zero != 0) {
                return i + (Long.numberOfTrailingZeros(zero) >>> 3);
            }
        }
        while (i < end && bytes[i] != wanted) {
            i++;
        }
        return i;
    }
}
