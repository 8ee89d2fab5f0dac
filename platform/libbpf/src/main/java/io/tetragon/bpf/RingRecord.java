// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A window on a record. Offsets count from the record's start, integers are little-endian; an access beyond the record
 * throws {@link MalformedRecordException}. Not safe for concurrent use.
 *
 * <p>Always over a direct buffer, for recorded bytes too: with a single kind of buffer in use the compiler inlines
 * every access.
 */
public final class RingRecord {
    private final ByteBuffer memory;
    private int start;
    private int length;

    RingRecord(ByteBuffer memory) {
        this.memory = memory.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A record of its own with a copy of the bytes, as a decoder sees them from a ring. */
    public static RingRecord of(byte[] bytes) {
        RingRecord record = new RingRecord(ByteBuffer.allocateDirect(bytes.length).put(bytes));
        record.moveTo(0, bytes.length);
        return record;
    }

    void moveTo(int newStart, int newLength) {
        start = newStart;
        length = newLength;
    }

    /** @return bytes of the record */
    public int length() {
        return length;
    }

    /** @return the byte at an offset */
    public byte getByte(int offset) {
        return memory.get(at(offset, 1));
    }

    /** @return the two bytes at an offset */
    public short getShort(int offset) {
        return memory.getShort(at(offset, 2));
    }

    /** @return the four bytes at an offset */
    public int getInt(int offset) {
        return memory.getInt(at(offset, 4));
    }

    /** @return the eight bytes at an offset */
    public long getLong(int offset) {
        return memory.getLong(at(offset, 8));
    }

    /**
     * Copies bytes out.
     *
     * @throws IndexOutOfBoundsException when they do not fit into the target
     */
    public void getBytes(int offset, byte[] target, int targetOffset, int count) {
        memory.get(at(offset, count), target, targetOffset, count);
    }

    /**
     * Looks for a byte.
     *
     * @param count how many bytes from the offset on to look at
     * @return its offset, -1 when it is not there
     */
    public int indexOf(byte wanted, int offset, int count) {
        int from = at(offset, count);
        for (int i = from; i < from + count; i++) {
            if (memory.get(i) == wanted) {
                return i - start;
            }
        }
        return -1;
    }

    /** Each operand may be hostile: no sum of them is formed before both are known to be small. */
    private int at(int offset, int size) {
        if ((offset | size) < 0 || offset > length - size) {
            throw MalformedRecordException.INSTANCE;
        }
        return start + offset;
    }
}
