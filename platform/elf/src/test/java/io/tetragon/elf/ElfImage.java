// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Makes ELF files: one segment of code, and sections that say what is in it. */
final class ElfImage {
    /** Where the code lies in the file and in memory. */
    static final long CODE_OFFSET = 0x1000;
    static final long CODE_ADDRESS = 0x401000;
    static final int CODE_SIZE = 0x1000;

    static final int GLOBAL = 1 << 4;
    static final int WEAK = 2 << 4;
    static final int LOCAL = 0;
    static final int FUNCTION = 2;

    private record Part(String name, int type, long address, byte[] content, int link, int entry) {}

    private final List<Part> parts = new ArrayList<>();

    ElfImage() {
        parts.add(new Part("", 0, 0, new byte[0], 0, 0));
    }

    /** Adds a section; its index is that of the order of adding, from 1. */
    ElfImage section(String name, int type, long address, byte[] content, int link, int entry) {
        parts.add(new Part(name, type, address, content, link, entry));
        return this;
    }

    /** Adds a symbol table and its names. */
    ElfImage symbols(boolean dynamic, Symbols symbols) {
        int table = parts.size();
        section(dynamic ? ".dynsym" : ".symtab", dynamic ? 11 : 2, 0, symbols.table.toByteArray(), table + 1, 24);
        section(dynamic ? ".dynstr" : ".strtab", 3, 0, symbols.names.toByteArray(), 0, 0);
        if (dynamic) {
            section(".gnu.version", 0x6fffffff, 0, symbols.versions.toByteArray(), table, 2);
        }
        return this;
    }

    byte[] bytes() {
        ByteArrayOutputStream names = new ByteArrayOutputStream();
        int[] nameAt = new int[parts.size() + 1];
        for (int i = 0; i < parts.size(); i++) {
            nameAt[i] = names.size();
            names.writeBytes((parts.get(i).name + '\0').getBytes(StandardCharsets.ISO_8859_1));
        }
        List<Part> all = new ArrayList<>(parts);
        nameAt[parts.size()] = names.size();
        names.writeBytes(".shstrtab\0".getBytes(StandardCharsets.ISO_8859_1));
        all.add(new Part(".shstrtab", 3, 0, names.toByteArray(), 0, 0));
        int contents = all.stream().mapToInt(part -> part.content.length + 8).sum();
        int table = (int) CODE_OFFSET + CODE_SIZE + contents;
        ByteBuffer file = little(table + all.size() * 64);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).putShort(16, (short) 2).putShort(18, (short) 62);
        file.putLong(32, 64).putShort(54, (short) 56).putShort(56, (short) 1);
        file.putLong(40, table).putShort(58, (short) 64).putShort(60, (short) all.size())
                .putShort(62, (short) (all.size() - 1));
        file.putInt(64, 1).putInt(68, 5).putLong(72, CODE_OFFSET).putLong(80, CODE_ADDRESS).putLong(96, CODE_SIZE)
                .putLong(104, CODE_SIZE);
        int offset = (int) CODE_OFFSET + CODE_SIZE;
        for (int i = 0; i < all.size(); i++) {
            Part part = all.get(i);
            file.put(offset, part.content);
            int at = table + i * 64;
            file.putInt(at, nameAt[i]).putInt(at + 4, part.type).putLong(at + 16, part.address)
                    .putLong(at + 24, offset).putLong(at + 32, part.content.length).putInt(at + 40, part.link)
                    .putLong(at + 56, part.entry);
            offset += part.content.length + 8 & ~7;
        }
        return file.array();
    }

    static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A symbol table. */
    static final class Symbols {
        private final ByteArrayOutputStream table = new ByteArrayOutputStream();
        private final ByteArrayOutputStream names = new ByteArrayOutputStream();
        private final ByteArrayOutputStream versions = new ByteArrayOutputStream();

        Symbols() {
            names.write(0);
            add("", 0, 0, 0, 0, 0);
        }

        /** A function of 16 bytes. */
        Symbols function(String name, int binding, long address) {
            return add(name, binding | FUNCTION, 1, address, 16, 2);
        }

        Symbols add(String name, int info, int section, long address, long size, int version) {
            table.writeBytes(little(24).putInt(names.size()).put((byte) info).put((byte) 0).putShort((short) section)
                    .putLong(address).putLong(size).array());
            names.writeBytes((name + '\0').getBytes(StandardCharsets.UTF_8));
            versions.writeBytes(little(2).putShort((short) version).array());
            return this;
        }
    }
}
