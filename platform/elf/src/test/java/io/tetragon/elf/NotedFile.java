// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Builds an ELF file with static trace points, variables and two segments: code at 0x1000, data at 0x4000. */
final class NotedFile {
    static final long BASE = 0x2000;

    private static final int SECTIONS = 6;

    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
    private final ByteArrayOutputStream symbols = new ByteArrayOutputStream();
    private final ByteArrayOutputStream notes = new ByteArrayOutputStream();
    private long moved;

    NotedFile() {
        strings.write(0);
        symbols.writeBytes(new byte[24]);
    }

    NotedFile variable(String name, long address) {
        symbols.writeBytes(little(24).putInt(strings.size()).put((byte) 1).put((byte) 0).putShort((short) 1)
                .putLong(address).putLong(4).array());
        text(strings, name);
        return this;
    }

    NotedFile probe(String provider, String name, long address, long semaphore, String arguments) {
        ByteArrayOutputStream description = new ByteArrayOutputStream();
        description.writeBytes(little(24).putLong(address).putLong(BASE).putLong(semaphore).array());
        text(description, provider);
        text(description, name);
        text(description, arguments);
        return note("stapsdt", 3, description.toByteArray());
    }

    NotedFile note(String owner, int type, byte[] description) {
        notes.writeBytes(little(12).putInt(owner.length() + 1).putInt(description.length).putInt(type).array());
        text(notes, owner);
        pad();
        notes.writeBytes(description);
        pad();
        return this;
    }

    /** Has a tool have moved everything that it knows of. */
    NotedFile moved(long distance) {
        moved = distance;
        return this;
    }

    byte[] bytes() {
        byte[] names = "\0.symtab\0.strtab\0.note.stapsdt\0.stapsdt.base\0.shstrtab\0"
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[][] contents = {
            new byte[0], symbols.toByteArray(), strings.toByteArray(), notes.toByteArray(), new byte[1], names
        };
        int[] nameAt = {0, 1, 9, 17, 31, 45};
        int[] types = {0, ElfFile.SYMBOL_TABLE, 3, ElfFile.NOTE, 1, 3};
        int start = 64 + 2 * 56;
        int total = start;
        for (byte[] content : contents) {
            total += content.length;
        }
        ByteBuffer file = little(total + SECTIONS * 64);
        file.putInt(0x464c457f).put((byte) 2).put((byte) 1).put((byte) 1);
        file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 2);
        file.putLong(40, total).putShort(58, (short) 64).putShort(60, (short) SECTIONS).putShort(62, (short) 5);
        segment(file, 64, 5, 0, 0x1000);
        segment(file, 120, 6, 0x3000, 0x4000);
        int offset = start;
        for (int i = 0; i < SECTIONS; i++) {
            file.put(offset, contents[i]);
            int header = total + i * 64;
            file.putInt(header, nameAt[i]).putInt(header + 4, types[i]);
            file.putLong(header + 16, i == 4 ? BASE + moved : 0);
            file.putLong(header + 24, offset).putLong(header + 32, contents[i].length);
            file.putInt(header + 40, 2).putLong(header + 56, i == 1 ? 24 : 0);
            offset += contents[i].length;
        }
        return file.array();
    }

    private static void segment(ByteBuffer file, int at, int flags, long offset, long address) {
        file.putInt(at, 1).putInt(at + 4, flags).putLong(at + 8, offset).putLong(at + 16, address)
                .putLong(at + 32, 0x1000);
    }

    private void pad() {
        while (notes.size() % 4 != 0) {
            notes.write(0);
        }
    }

    private static void text(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        out.write(0);
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
