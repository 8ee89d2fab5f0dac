// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Makes the tables of functions that the versions of Go leave in programs, byte by byte. */
enum GoImage {
    GO_1_2(0xffff_fffb, 2),
    GO_1_16(0xffff_fffa, 8),
    GO_1_18(0xffff_fff0, 9),
    GO_1_20(0xffff_fff1, 9);

    /** Where tables are loaded to. */
    static final long ADDRESS = 0x500000;

    private static final int SPACING = 32;

    private final int magic;
    private final int words;

    GoImage(int magic, int words) {
        this.magic = magic;
        this.words = words;
    }

    /** Whether the table says where code begins. */
    boolean saysWhereCodeBegins() {
        return this == GO_1_18 || this == GO_1_20;
    }

    /** The address of the function of an index. */
    static long address(int index) {
        return ElfImage.CODE_ADDRESS + (long) index * SPACING;
    }

    /** A table whose functions lie one behind the other, {@code code} being what it says of where they begin. */
    byte[] table(List<String> functions, long code) {
        ByteArrayOutputStream texts = new ByteArrayOutputStream();
        int[] nameAt = new int[functions.size()];
        for (int i = 0; i < nameAt.length; i++) {
            nameAt[i] = texts.size();
            texts.writeBytes((functions.get(i) + '\0').getBytes(StandardCharsets.UTF_8));
        }
        int width = saysWhereCodeBegins() ? 4 : 8;
        int header = words * 8;
        int namesAt = header;
        int indexAt = namesAt + texts.size() + 7 & ~7;
        int index = (functions.size() * 2 + 1) * width;
        int descriptions = index + 7 & ~7;
        ByteBuffer table = ElfImage.little((this == GO_1_2 ? header + descriptions + functions.size() * 16 + texts.size()
                : indexAt + descriptions + functions.size() * 16) + 16);
        table.putInt(magic).putShort((short) 0).put((byte) 1).put((byte) 8).putLong(functions.size());
        switch (this) {
            case GO_1_2 -> {
                namesAt = header + descriptions + functions.size() * 16;
                indexAt = header;
            }
            case GO_1_16 -> table.putLong(24, namesAt).putLong(56, indexAt);
            case GO_1_18, GO_1_20 -> table.putLong(24, code).putLong(32, namesAt).putLong(64, indexAt);
        }
        table.put(namesAt, texts.toByteArray());
        int relative = this == GO_1_2 ? 0 : indexAt;
        for (int i = 0; i <= functions.size(); i++) {
            int at = indexAt + 2 * i * width;
            long address = width == 4 ? (long) i * SPACING : address(i);
            put(table, at, width, address);
            if (i == functions.size()) {
                break;
            }
            int description = indexAt + descriptions + i * 16;
            put(table, at + width, width, description - relative);
            put(table, description, width, address);
            table.putInt(description + width, nameAt[i] + (this == GO_1_2 ? namesAt : 0));
        }
        return table.array();
    }

    private static void put(ByteBuffer table, int at, int width, long value) {
        if (width == 4) {
            table.putInt(at, (int) value);
        } else {
            table.putLong(at, value);
        }
    }
}
