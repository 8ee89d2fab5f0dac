// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A structure as a BPF program fills it: zeros, and what is put at the offsets of the layout. */
final class Bytes {
    private final ByteBuffer buffer;

    private Bytes(int size) {
        buffer = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    static Bytes of(int size) {
        return new Bytes(size);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    Bytes u8(int at, int value) {
        buffer.put(at, (byte) value);
        return this;
    }

    Bytes u16(int at, int value) {
        buffer.putShort(at, (short) value);
        return this;
    }

    Bytes u32(int at, int value) {
        buffer.putInt(at, value);
        return this;
    }

    Bytes u64(int at, long value) {
        buffer.putLong(at, value);
        return this;
    }

    Bytes raw(int at, byte... value) {
        buffer.put(at, value);
        return this;
    }

    Bytes raw(int at, int... value) {
        for (int i = 0; i < value.length; i++) {
            buffer.put(at + i, (byte) value[i]);
        }
        return this;
    }

    byte[] toArray() {
        return buffer.array();
    }
}
