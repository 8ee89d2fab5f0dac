// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Finds sections by name in a 64-bit little-endian ELF file. */
final class ElfSections {
    private static final int FILE_HEADER = 64;
    private static final int SECTION_HEADER = 64;
    private static final int NO_BITS = 8;

    private ElfSections() {
    }

    /** @return a copy of the section's bytes, none when there is no such section */
    static byte[] find(byte[] elf, String name) {
        ByteBuffer found = view(elf, name);
        byte[] bytes = new byte[found.remaining()];
        found.get(bytes);
        return bytes;
    }

    /** @return the first section of that name within the file itself, empty when there is none */
    static ByteBuffer view(byte[] elf, String name) {
        ByteBuffer file = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
        if (elf.length < FILE_HEADER || file.getInt(0) != 0x464c457f || elf[4] != 2 || elf[5] != 1) {
            throw new BtfFormatException("not a 64-bit little-endian ELF object");
        }
        long table = file.getLong(40);
        int entry = file.getShort(58) & 0xffff;
        int count = file.getShort(60) & 0xffff;
        int nameSection = file.getShort(62) & 0xffff;
        if (entry != SECTION_HEADER || nameSection >= count
                || table < 0 || table > elf.length - (long) count * SECTION_HEADER) {
            throw new BtfFormatException("ELF section table is damaged");
        }
        ByteBuffer names = contents(file, (int) table + nameSection * SECTION_HEADER);
        byte[] wanted = (name + "\0").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < count; i++) {
            int header = (int) table + i * SECTION_HEADER;
            if (startsWith(names, file.getInt(header), wanted)) {
                return contents(file, header);
            }
        }
        return ByteBuffer.allocate(0);
    }

    private static ByteBuffer contents(ByteBuffer file, int header) {
        long offset = file.getLong(header + 24);
        long size = file.getLong(header + 32);
        boolean absent = file.getInt(header + 4) == NO_BITS;
        if (absent || offset < 0 || size < 0 || offset > file.limit() || size > file.limit() - offset) {
            throw new BtfFormatException("ELF section reaches beyond the end of the file");
        }
        return file.slice((int) offset, (int) size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static boolean startsWith(ByteBuffer names, int offset, byte[] wanted) {
        if (offset < 0 || (long) offset + wanted.length > names.limit()) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (names.get(offset + i) != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
