// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.event;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Appends protobuf wire format to a growing buffer. Fields with their default value are left out, as proto3 does; the
 * {@code wrapper} methods write {@code google.protobuf} wrapper messages, which appear even when they hold zero. Not safe
 * for use by several threads.
 */
public final class ProtoWriter {
    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;

    private byte[] buffer;
    private int length;

    /** @param capacity bytes to start with; the buffer grows as needed */
    public ProtoWriter(int capacity) {
        buffer = new byte[Math.max(64, capacity)];
    }

    /** Writes a varint field: int32, int64, uint32, uint64, bool or enum. Zero is left out. */
    public ProtoWriter varint(int field, long value) {
        if (value != 0) {
            element(field, value);
        }
        return this;
    }

    /** Writes a varint field even when it is zero: such as a member of a oneof. */
    public ProtoWriter element(int field, long value) {
        tag(field, VARINT);
        rawVarint(value);
        return this;
    }

    /** Writes an element of a packed list whose field is open. */
    public ProtoWriter packed(long value) {
        rawVarint(value);
        return this;
    }

    /** Writes a boolean field; false is left out. */
    public ProtoWriter bool(int field, boolean value) {
        return varint(field, value ? 1 : 0);
    }

    /** Writes a UInt32Value, Int32Value, BoolValue or UInt64Value. */
    public ProtoWriter wrapper(int field, long value) {
        int mark = begin(field);
        varint(1, value);
        return end(mark);
    }

    /** Writes a string or bytes field; an empty one is left out. The bytes of a string must be valid UTF-8. */
    public ProtoWriter bytes(int field, byte[] value) {
        return value.length == 0 ? this : bytesElement(field, value);
    }

    /** Writes a string or bytes field even when it is empty. */
    public ProtoWriter bytesElement(int field, byte[] value) {
        tag(field, LENGTH_DELIMITED);
        rawVarint(value.length);
        return raw(value);
    }

    /** Writes a part of an array as a string or bytes field even when it is empty. */
    public ProtoWriter bytesElement(int field, byte[] value, int offset, int count) {
        tag(field, LENGTH_DELIMITED);
        rawVarint(count);
        ensure(count);
        System.arraycopy(value, offset, buffer, length, count);
        length += count;
        return this;
    }

    /**
     * Writes a string field from bytes that may be anything, even when there are none: each run that is not valid UTF-8
     * becomes one U+FFFD.
     */
    public ProtoWriter textElement(int field, byte[] bytes, int offset, int count) {
        return Utf8.isValid(bytes, offset, count)
                ? bytesElement(field, bytes, offset, count) : bytesElement(field, Utf8.repaired(bytes, offset, count));
    }

    /** Writes a string field; an empty one is left out. */
    public ProtoWriter string(int field, String value) {
        return value.isEmpty() ? this : bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes a {@code google.protobuf.Timestamp}. */
    public ProtoWriter timestamp(int field, long epochNanos) {
        int mark = begin(field);
        varint(1, Math.floorDiv(epochNanos, 1_000_000_000L));
        varint(2, Math.floorMod(epochNanos, 1_000_000_000L));
        return end(mark);
    }

    /** Opens a message field; the returned mark goes to {@link #end}. */
    public int begin(int field) {
        tag(field, LENGTH_DELIMITED);
        ensure(1);
        length++;
        return length;
    }

    /** Closes the message field that {@link #begin} opened: its length is known only now, and is put before it. */
    public ProtoWriter end(int mark) {
        int size = length - mark;
        int extra = varintSize(size) - 1;
        if (extra > 0) {
            ensure(extra);
            System.arraycopy(buffer, mark, buffer, mark + extra, size);
        }
        int rest = size;
        int at = mark - 1;
        while (rest >= 0x80) {
            buffer[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        buffer[at] = (byte) rest;
        length += extra;
        return this;
    }

    /** Appends whole pre-encoded fields. */
    public ProtoWriter raw(byte[] encoded) {
        ensure(encoded.length);
        System.arraycopy(encoded, 0, buffer, length, encoded.length);
        length += encoded.length;
        return this;
    }

    /** Returns the number of bytes written. */
    public int length() {
        return length;
    }

    /** Forgets everything written. */
    public void reset() {
        length = 0;
    }

    /** Returns the buffer itself; its first {@link #length} bytes are valid until the next write. */
    public byte[] array() {
        return buffer;
    }

    /** Returns a copy of what was written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(buffer, length);
    }

    /** Writes everything to a stream. */
    public void writeTo(OutputStream out) throws IOException {
        out.write(buffer, 0, length);
    }

    private void tag(int field, int wireType) {
        rawVarint((long) field << 3 | wireType);
    }

    private void rawVarint(long value) {
        ensure(10);
        while ((value & ~0x7FL) != 0) {
            buffer[length++] = (byte) (value | 0x80);
            value >>>= 7;
        }
        buffer[length++] = (byte) value;
    }

    private static int varintSize(int value) {
        return (Integer.SIZE - Integer.numberOfLeadingZeros(value | 1) + 6) / 7;
    }

    private void ensure(int more) {
        if (buffer.length - length < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, length + more));
        }
    }
}
