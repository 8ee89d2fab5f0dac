// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import com.kenai.jffi.MemoryIO;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Native memory for the time of a call. Addresses it hands out are dead once it is closed. One thread only. */
public final class Scratch implements AutoCloseable {
    /** Native memory by address. */
    public static final MemoryIO MEMORY = MemoryIO.getInstance();

    private long[] blocks = new long[4];
    private int count;

    /** Allocates zeroed memory. */
    public long zeroed(long size) {
        long block = MEMORY.allocateMemory(Math.max(8, size), true);
        if (block == 0) {
            throw new OutOfMemoryError("no native memory for " + size + " bytes");
        }
        if (count == blocks.length) {
            blocks = Arrays.copyOf(blocks, count * 2);
        }
        blocks[count++] = block;
        return block;
    }

    /** Copies bytes. */
    public long bytes(byte[] source) {
        long block = zeroed(source.length);
        MEMORY.putByteArray(block, source, 0, source.length);
        return block;
    }

    /** Copies a string and terminates it. */
    public long string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a C string cannot contain NUL");
        }
        long block = zeroed(bytes.length + 1L);
        MEMORY.putByteArray(block, bytes, 0, bytes.length);
        return block;
    }

    /** Copies an array of 64-bit integers. */
    public long longs(long[] values) {
        long block = zeroed(8L * values.length);
        MEMORY.putLongArray(block, values, 0, values.length);
        return block;
    }

    /** Copies strings and returns an array of pointers to them. */
    public long strings(Iterable<String> values, int size) {
        long array = zeroed(8L * size);
        int index = 0;
        for (String value : values) {
            MEMORY.putLong(array + 8L * index++, string(value));
        }
        return array;
    }

    /** Copies memory into a new array. */
    public static byte[] read(long address, int length) {
        byte[] bytes = new byte[length];
        if (length > 0) {
            MEMORY.getByteArray(address, bytes, 0, length);
        }
        return bytes;
    }

    /** Reads a C string; the null pointer gives an empty one. */
    public static String readString(long address) {
        return address == 0 ? "" : new String(MEMORY.getZeroTerminatedByteArray(address), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        while (count > 0) {
            MEMORY.freeMemory(blocks[--count]);
        }
    }
}
