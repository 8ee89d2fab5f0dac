// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import org.jspecify.annotations.Nullable;

/**
 * Takes fields out of a message in protobuf's wire format, in place: what is written never overtakes what is read. Used once,
 * by one thread, on bytes that the agent encoded.
 */
final class WireMask {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED32 = 5;

    private final byte[] bytes;
    private final int length;
    private final boolean include;
    private int in;
    private int out;

    WireMask(byte[] bytes, int length, boolean include) {
        this.bytes = bytes;
        this.length = length;
        this.include = include;
    }

    /**
     * Applies a mask to the event in a GetEventsResponse.
     *
     * @param event field number of the event
     * @return the new length
     */
    int apply(int event, FieldTree fields) {
        while (in < length) {
            int start = in;
            long tag = varint();
            if (tag >>> 3 == event && (tag & 7) == LENGTH_DELIMITED) {
                message(start, fields);
            } else {
                skipValue(tag);
                copy(start);
            }
        }
        return out;
    }

    private void fields(int end, FieldTree fields) {
        while (in < end) {
            int start = in;
            long tag = varint();
            FieldTree child = fields.child((int) (tag >>> 3));
            if (child != null && !child.isWhole() && (tag & 7) == LENGTH_DELIMITED) {
                message(start, child);
                continue;
            }
            skipValue(tag);
            if (isKept(child)) {
                copy(start);
            }
        }
    }

    private boolean isKept(@Nullable FieldTree child) {
        return include == (child != null);
    }

    /** Masks a message whose tag begins at {@code start} and was read. Its length becomes known, and shorter, afterwards. */
    private void message(int start, FieldTree fields) {
        int tagBytes = in - start;
        System.arraycopy(bytes, start, bytes, out, tagBytes);
        int lengthAt = out + tagBytes;
        int beforeLength = in;
        int end = (int) varint() + in;
        int reserved = in - beforeLength;
        out = lengthAt + reserved;
        int content = out;
        fields(end, fields);
        int size = out - content;
        int needed = varintSize(size);
        System.arraycopy(bytes, content, bytes, lengthAt + needed, size);
        int at = lengthAt;
        for (int rest = size; ; rest >>>= 7) {
            if (rest < 0x80) {
                bytes[at] = (byte) rest;
                break;
            }
            bytes[at++] = (byte) (rest | 0x80);
        }
        out = lengthAt + needed + size;
    }

    private void copy(int start) {
        System.arraycopy(bytes, start, bytes, out, in - start);
        out += in - start;
    }

    private void skipValue(long tag) {
        switch ((int) tag & 7) {
            case VARINT -> varint();
            case FIXED64 -> in += 8;
            case FIXED32 -> in += 4;
            case LENGTH_DELIMITED -> {
                int size = (int) varint();
                in += size;
            }
            default -> throw new IllegalStateException("an event has a field of wire type " + (tag & 7));
        }
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = bytes[in++];
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private static int varintSize(int value) {
        return (Integer.SIZE - Integer.numberOfLeadingZeros(value | 1) + 6) / 7;
    }
}
