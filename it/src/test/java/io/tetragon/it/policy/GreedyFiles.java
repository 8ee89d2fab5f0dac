// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** ELF files whose tables stand for much more than the file has bytes. */
final class GreedyFiles {
    private static final int HEADER = 64;
    private static final int SECTION = 64;
    private static final int SYMBOL = 24;
    private static final String NAMES = "\0.note.stapsdt\0";

    private record Table(int name, int type, byte[] content, int copies, int link, int entry) {}

    private GreedyFiles() {}

    /** A quarter of a million functions, whose names are each other's ends and 16 000 bytes long. */
    static byte[] longNames() {
        byte[] names = new byte[270_000];
        for (int i = 0; i < names.length; i++) {
            names[i] = (byte) (i % 16_000 == 0 ? 0 : 'a');
        }
        return file(new Table(0, 3, names, 1, 0, 0), symbols(250_000, 0x12, i -> i + 1, 2));
    }

    /** Two thousand sections with the same notes, of three thousand places of a probe. */
    static byte[] manySections() {
        ByteArrayOutputStream notes = new ByteArrayOutputStream();
        for (int i = 0; i < 3000; i++) {
            notes.writeBytes(note("a", "b", "", 0x100 + i));
        }
        return file(new Table(1, 7, notes.toByteArray(), 2000, 0, 0));
    }

    /** A probe with an argument in a variable, behind tables of symbols and names of 24 MiB each. */
    static byte[] largeTables() {
        byte[] names = new byte[24 << 20];
        return file(new Table(0, 3, names, 1, 0, 0), symbols(1_000_000, 1, i -> i, 2),
                new Table(1, 7, note("a", "b", "-4@variable(%rip)", 0x100), 1, 0, 0));
    }

    private static Table symbols(int count, int info, IntUnaryOperator name, int names) {
        ByteBuffer table = little((count + 1) * SYMBOL);
        for (int i = 0; i < count; i++) {
            table.position((i + 1) * SYMBOL);
            table.putInt(name.applyAsInt(i)).put((byte) info).put((byte) 0).putShort((short) 1).putLong(0x400 + i % 256);
        }
        return new Table(0, 2, table.array(), 1, names, SYMBOL);
    }

    private static byte[] note(String provider, String name, String arguments, long address) {
        byte[] texts = (provider + '\0' + name + '\0' + arguments + '\0').getBytes(StandardCharsets.US_ASCII);
        ByteBuffer note = little((12 + 8 + 24 + texts.length + 3) & ~3);
        note.putInt(8).putInt(24 + texts.length).putInt(3).put("stapsdt\0".getBytes(StandardCharsets.US_ASCII));
        return note.putLong(address).putLong(0).putLong(0).put(texts).array();
    }

    /** Sections 0 and 1 are none and the names of the sections; the first table's copies begin at 2. All of it is code. */
    private static byte[] file(Table... tables) {
        List<Table> all = new ArrayList<>(List.of(new Table(0, 0, new byte[0], 1, 0, 0),
                new Table(0, 3, NAMES.getBytes(StandardCharsets.US_ASCII), 1, 0, 0)));
        all.addAll(List.of(tables));
        int sections = all.stream().mapToInt(Table::copies).sum();
        int start = HEADER + 56 + sections * SECTION;
        ByteBuffer file = little(start + all.stream().mapToInt(table -> table.content.length).sum());
        file.putInt(0x464c457f).put((byte) 2).put((byte) 1).put((byte) 1);
        file.putShort(16, (short) 3).putShort(18, (short) 62).putLong(32, HEADER).putLong(40, HEADER + 56);
        file.putShort(54, (short) 56).putShort(56, (short) 1).putShort(58, (short) SECTION);
        file.putShort(60, (short) sections).putShort(62, (short) 1);
        file.putInt(HEADER, 1).putInt(HEADER + 4, 5).putLong(HEADER + 32, 0x1000).putLong(HEADER + 40, 0x1000);
        int header = HEADER + 56;
        for (Table table : all) {
            file.put(start, table.content);
            for (int copy = 0; copy < table.copies; copy++, header += SECTION) {
                file.putInt(header, table.name).putInt(header + 4, table.type).putLong(header + 24, start)
                        .putLong(header + 32, table.content.length).putInt(header + 40, table.link)
                        .putLong(header + 56, table.entry);
            }
            start += table.content.length;
        }
        return file.array();
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
