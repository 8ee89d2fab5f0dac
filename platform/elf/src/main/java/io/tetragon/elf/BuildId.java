// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;

/**
 * Finds the build id of an ELF file: the description of the note of type 3 and name GNU in one of its note segments. The
 * file is a stranger's, of 32 or 64 bits and either byte order; what does not hold together has no build id.
 */
public final class BuildId {
    private static final byte[] NONE = {};
    private static final int MAGIC = 0x7f454c46;
    private static final int HEADER_32 = 52;
    private static final int HEADER_64 = 64;
    private static final int SEGMENT_32 = 32;
    private static final int SEGMENT_64 = 56;
    private static final int NOTE_SEGMENT = 4;
    private static final int NOTE_HEADER = 12;
    private static final int BUILD_ID_NOTE = 3;
    private static final int GNU = 0x474e5500;
    /** Linkers make ids of 8 to 32 bytes; whoever sets one by hand may choose. */
    private static final int ID_MAX = 64;
    /** Real files have about a dozen. */
    private static final int SEGMENTS_MAX = 512;
    /** Enough for what distributions write behind the build id, such as package metadata. */
    private static final int NOTES_MAX = 64 << 10;

    private BuildId() {}

    /**
     * Returns the build id, empty if there is none.
     *
     * @throws IOException if the file cannot be read
     */
    public static byte[] read(SeekableByteChannel file) throws IOException {
        ByteBuffer header = bytes(file, 0, HEADER_64);
        if (header.limit() < HEADER_32 || header.getInt(0) != MAGIC) {
            return NONE;
        }
        boolean wide = header.get(4) == 2;
        if (!wide && header.get(4) != 1 || wide && header.limit() < HEADER_64) {
            return NONE;
        }
        ByteOrder order = header.get(5) == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        header.order(order);
        long table = wide ? header.getLong(32) : Integer.toUnsignedLong(header.getInt(28));
        int entry = Short.toUnsignedInt(header.getShort(wide ? 54 : 42));
        int count = Short.toUnsignedInt(header.getShort(wide ? 56 : 44));
        if (entry != (wide ? SEGMENT_64 : SEGMENT_32) || count > SEGMENTS_MAX) {
            return NONE;
        }
        ByteBuffer segments = bytes(file, table, count * entry).order(order);
        for (int at = 0; at + entry <= segments.limit(); at += entry) {
            if (segments.getInt(at) == NOTE_SEGMENT) {
                long offset = wide ? segments.getLong(at + 8) : Integer.toUnsignedLong(segments.getInt(at + 4));
                long size = wide ? segments.getLong(at + 32) : Integer.toUnsignedLong(segments.getInt(at + 16));
                long align = wide ? segments.getLong(at + 48) : segments.getInt(at + 28);
                byte[] found = find(bytes(file, offset, (int) Math.min(NOTES_MAX, Math.max(0, size))).order(order),
                        align == 8 ? 8 : 4);
                if (found.length > 0) {
                    return found;
                }
            }
        }
        return NONE;
    }

    private static byte[] find(ByteBuffer notes, int align) {
        long at = 0;
        while (at + NOTE_HEADER <= notes.limit()) {
            int header = (int) at;
            long nameSize = Integer.toUnsignedLong(notes.getInt(header));
            long size = Integer.toUnsignedLong(notes.getInt(header + 4));
            long name = at + NOTE_HEADER;
            long description = aligned(name + nameSize, align);
            long end = description + size;
            if (end > notes.limit()) {
                return NONE;
            }
            if (notes.getInt(header + 8) == BUILD_ID_NOTE && nameSize == Integer.BYTES
                    && notes.duplicate().order(ByteOrder.BIG_ENDIAN).getInt((int) name) == GNU
                    && size > 0 && size <= ID_MAX) {
                byte[] id = new byte[(int) size];
                notes.get((int) description, id);
                return id;
            }
            at = aligned(end, align);
        }
        return NONE;
    }

    private static long aligned(long value, int align) {
        return value + align - 1 & -align;
    }

    /** Reads a part of the file, as much of it as there is. */
    private static ByteBuffer bytes(SeekableByteChannel file, long offset, int count) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        if (offset >= 0 && offset < file.size()) {
            file.position(offset);
            while (buffer.hasRemaining() && file.read(buffer) > 0) {
                continue;
            }
        }
        return buffer.flip();
    }
}
