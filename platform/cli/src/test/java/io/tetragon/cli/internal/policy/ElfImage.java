// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.policy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Builds an ELF file with nothing but a symbol table and notes. */
final class ElfImage {
    private final ByteArrayOutputStream strings = new ByteArrayOutputStream();
    private final ByteArrayOutputStream symbols = new ByteArrayOutputStream();
    private final ByteArrayOutputStream notes = new ByteArrayOutputStream();

    ElfImage() {
        strings.write(0);
        symbols.writeBytes(new byte[24]);
    }

    ElfImage function(String name) {
        return symbol(name, 2, 1, 0x1000);
    }

    ElfImage undefined(String name) {
        return symbol(name, 2, 0, 0);
    }

    ElfImage data(String name) {
        return symbol(name, 1, 1, 0x2000);
    }

    private ElfImage symbol(String name, int type, int section, long value) {
        symbols.writeBytes(
                little(24)
                        .putInt(strings.size())
                        .put((byte) (1 << 4 | type))
                        .put((byte) 0)
                        .putShort((short) section)
                        .putLong(value)
                        .putLong(16)
                        .array());
        text(strings, name);
        return this;
    }

    ElfImage probe(String provider, String name) {
        ByteArrayOutputStream description = new ByteArrayOutputStream();
        description.writeBytes(little(24).putLong(0x1234).putLong(0).putLong(0).array());
        text(description, provider);
        text(description, name);
        text(description, "-4@%eax 8@$1");
        notes.writeBytes(little(12).putInt(8).putInt(description.size()).putInt(3).array());
        text(notes, "stapsdt");
        notes.writeBytes(description.toByteArray());
        while (notes.size() % 4 != 0) {
            notes.write(0);
        }
        return this;
    }

    byte[] bytes() {
        byte[] names = "\0.symtab\0.strtab\0.note.stapsdt\0.shstrtab\0".getBytes(StandardCharsets.ISO_8859_1);
        byte[][] contents = {
            new byte[0], symbols.toByteArray(), strings.toByteArray(), notes.toByteArray(), names
        };
        int[] nameAt = {0, 1, 9, 17, 31};
        int[] types = {0, 2, 3, 7, 3};
        int[] entries = {0, 24, 0, 0, 0};
        int total = 64;
        for (byte[] content : contents) {
            total += content.length;
        }
        ByteBuffer file = little(total + contents.length * 64);
        file.putInt(0x464c457f).put((byte) 2).put((byte) 1).put((byte) 1);
        file.putLong(40, total).putShort(58, (short) 64);
        file.putShort(60, (short) contents.length).putShort(62, (short) 4);
        int offset = 64;
        for (int i = 0; i < contents.length; i++) {
            file.put(offset, contents[i]);
            int header = total + i * 64;
            file.putInt(header, nameAt[i]).putInt(header + 4, types[i]);
            file.putLong(header + 24, offset).putLong(header + 32, contents[i].length);
            file.putInt(header + 40, 2).putLong(header + 56, entries[i]);
            offset += contents[i].length;
        }
        return file.array();
    }

    private static void text(ByteArrayOutputStream out, String text) {
        out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        out.write(0);
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
