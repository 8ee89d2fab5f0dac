// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Makes ELF files of two segments, the second of which holds notes. */
final class NoteImage {
    private static final int LOAD = 1;
    private static final int NOTE = 4;

    private final boolean wide;
    private final ByteOrder order;
    private final int align;
    private final ByteArrayOutputStream notes = new ByteArrayOutputStream();

    NoteImage(boolean wide, ByteOrder order, int align) {
        this.wide = wide;
        this.order = order;
        this.align = align;
    }

    NoteImage note(String name, int type, byte[] description) {
        byte[] text = (name + '\0').getBytes(StandardCharsets.US_ASCII);
        ByteBuffer note = ByteBuffer.allocate(12 + text.length + description.length + 4 * align).order(order);
        note.putInt(text.length).putInt(description.length).putInt(type).put(text);
        note.position(aligned(note.position())).put(description).position(aligned(note.position()));
        notes.write(note.array(), 0, note.position());
        return this;
    }

    byte[] bytes() {
        int header = wide ? 64 : 52;
        int entry = wide ? 56 : 32;
        int at = aligned(header + 2 * entry);
        ByteBuffer file = ByteBuffer.allocate(at + notes.size()).order(order);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (wide ? 2 : 1),
            (byte) (order == ByteOrder.BIG_ENDIAN ? 2 : 1), 1});
        if (wide) {
            file.putLong(32, header).putShort(54, (short) entry).putShort(56, (short) 2);
        } else {
            file.putInt(28, header).putShort(42, (short) entry).putShort(44, (short) 2);
        }
        segment(file, header, LOAD, 0, file.capacity());
        segment(file, header + entry, NOTE, at, notes.size());
        file.position(at).put(notes.toByteArray());
        return file.array();
    }

    private void segment(ByteBuffer file, int at, int type, int offset, int size) {
        file.putInt(at, type);
        if (wide) {
            file.putLong(at + 8, offset).putLong(at + 32, size).putLong(at + 48, align);
        } else {
            file.putInt(at + 4, offset).putInt(at + 16, size).putInt(at + 28, align);
        }
    }

    private int aligned(int value) {
        return (value + align - 1) / align * align;
    }
}
