// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The functions of an ELF file by their places, for naming addresses: from {@code .symtab}, or {@code .dynsym} where that was
 * stripped; of 32 or 64 bits. All that names need is kept in a few arrays. Whoever made the file may mean harm: every offset
 * and size is checked, and nothing grows with a number in the file beyond the limits here. The file is read, not mapped, for
 * one that shrinks would take the whole agent down. Immutable.
 */
public final class FunctionMap {
    /** Of a file without functions. */
    public static final FunctionMap NONE = new FunctionMap();

    private static final int MAX_SEGMENTS = 256;
    private static final int MAX_SECTIONS = 16 << 10;
    private static final int MAX_SYMBOLS = 400_000;
    private static final int MAX_STRINGS = 32 << 20;
    private static final int MAX_NAME = 1024;
    private static final int MAX_NAMES = 8 << 20;

    private static final int MAGIC = 0x464C_457F;
    private static final int LITTLE_ENDIAN = 1;
    private static final int PT_LOAD = 1;
    private static final int SHT_SYMTAB = 2;
    private static final int SHT_DYNSYM = 11;
    private static final int STT_FUNC = 2;
    private static final int STT_GNU_IFUNC = 10;

    /** Of the loaded segments: offset in the file, bytes in the file, address. */
    private long[] segments = {};
    private long[] values = {};
    private int[] sizes = {};
    private int[] nameAt = {};
    private byte[] names = {};

    private FunctionMap() {}

    /**
     * Reads a file; one that is no ELF file, or a damaged one, has no functions.
     *
     * @throws IOException if it cannot be read
     */
    public static FunctionMap read(FileChannel file) throws IOException {
        ByteBuffer head = bytes(file, 0, 64);
        if (head == null || head.getInt(0) != MAGIC || head.get(5) != LITTLE_ENDIAN) {
            return NONE;
        }
        boolean wide = head.get(4) == 2;
        FunctionMap elf = new FunctionMap();
        Sections sections = Sections.read(file, head, wide);
        elf.readSegments(file, head, wide);
        for (int type : new int[] {SHT_SYMTAB, SHT_DYNSYM}) {
            int table = sections.find(type);
            if (table >= 0 && elf.readSymbols(file, sections, table)) {
                break;
            }
        }
        return elf;
    }

    /** Returns the name of the function at an offset in the file, empty if there is none. */
    public String at(long fileOffset) {
        long address = address(fileOffset);
        if (address < 0) {
            return "";
        }
        int low = 0;
        int high = values.length - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(values[middle], address) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        // One without a size reaches to the next.
        if (high < 0 || sizes[high] != 0 && address - values[high] >= Integer.toUnsignedLong(sizes[high])) {
            return "";
        }
        int from = nameAt[high];
        int end = from;
        while (names[end] != 0) {
            end++;
        }
        return new String(names, from, end - from, StandardCharsets.UTF_8);
    }

    /** Returns how many functions there are. */
    public int size() {
        return values.length;
    }

    /** Returns the heap that it takes, in bytes. */
    public long bytes() {
        return 128 + segments.length * 8L + values.length * 16L + names.length;
    }

    /** Returns the address that a place in the file is loaded to, -1 if it is not loaded. */
    private long address(long fileOffset) {
        for (int i = 0; i < segments.length; i += 3) {
            long distance = fileOffset - segments[i];
            if (distance >= 0 && distance < segments[i + 1]) {
                return segments[i + 2] + distance;
            }
        }
        return -1;
    }

    private void readSegments(FileChannel file, ByteBuffer head, boolean wide) throws IOException {
        long at = wide ? head.getLong(32) : Integer.toUnsignedLong(head.getInt(28));
        int size = head.getShort(wide ? 54 : 42) & 0xFFFF;
        int count = Math.min(MAX_SEGMENTS, head.getShort(wide ? 56 : 44) & 0xFFFF);
        ByteBuffer table = size == (wide ? 56 : 32) ? bytes(file, at, (long) size * count) : null;
        if (table == null) {
            return;
        }
        long[] found = new long[3 * count];
        int n = 0;
        for (int i = 0; i < count; i++) {
            int p = i * size;
            if (table.getInt(p) == PT_LOAD) {
                found[n++] = wide ? table.getLong(p + 8) : Integer.toUnsignedLong(table.getInt(p + 4));
                found[n++] = wide ? table.getLong(p + 32) : Integer.toUnsignedLong(table.getInt(p + 16));
                found[n++] = wide ? table.getLong(p + 16) : Integer.toUnsignedLong(table.getInt(p + 8));
            }
        }
        segments = Arrays.copyOf(found, n);
    }

    /** @return whether there was any function */
    private boolean readSymbols(FileChannel file, Sections sections, int table) throws IOException {
        int entry = sections.wide ? 24 : 16;
        long bytes = Math.min(sections.size(table), (long) MAX_SYMBOLS * entry);
        int strings = sections.link(table);
        if (sections.entrySize(table) != entry || bytes < entry || strings >= sections.count) {
            return false;
        }
        ByteBuffer symbols = bytes(file, sections.offset(table), bytes / entry * entry);
        ByteBuffer text = bytes(file, sections.offset(strings), Math.min(sections.size(strings), MAX_STRINGS));
        if (symbols == null || text == null) {
            return false;
        }
        int count = symbols.limit() / entry;
        long[] found = new long[count];
        int n = 0;
        for (int i = 0; i < count; i++) {
            int at = i * entry;
            int type = symbols.get(at + (sections.wide ? 4 : 12)) & 0xF;
            int section = symbols.getShort(at + (sections.wide ? 6 : 14));
            long value = value(symbols, at, sections.wide);
            // In one number with its place, to be sorted without boxing; no file is loaded that high.
            if ((type == STT_FUNC || type == STT_GNU_IFUNC) && section != 0 && value > 0 && value < 1L << 44) {
                found[n++] = value << 19 | i;
            }
        }
        found = Arrays.copyOf(found, n);
        Arrays.sort(found);
        keep(found, symbols, entry, sections.wide, text);
        return n > 0;
    }

    private void keep(long[] found, ByteBuffer symbols, int entry, boolean wide, ByteBuffer text) {
        values = new long[found.length];
        sizes = new int[found.length];
        nameAt = new int[found.length];
        byte[] kept = new byte[Math.min(MAX_NAMES, found.length * 24 + 64)];
        // Offset 0 is an empty name.
        int used = 1;
        for (int i = 0; i < found.length; i++) {
            int at = (int) (found[i] & (1 << 19) - 1) * entry;
            values[i] = found[i] >>> 19;
            long size = wide ? symbols.getLong(at + 16) : Integer.toUnsignedLong(symbols.getInt(at + 8));
            sizes[i] = size < 0 || size > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) size;
            long name = Integer.toUnsignedLong(symbols.getInt(at));
            int length = nameLength(text, name);
            if (length == 0 || used + length + 1 > MAX_NAMES) {
                continue;
            }
            if (used + length + 1 > kept.length) {
                kept = Arrays.copyOf(kept, Math.min(MAX_NAMES, Math.max(kept.length * 2, used + length + 1)));
            }
            nameAt[i] = used;
            text.get((int) name, kept, used, length);
            used += length + 1;
        }
        names = Arrays.copyOf(kept, used);
    }

    private static long value(ByteBuffer symbols, int at, boolean wide) {
        return wide ? symbols.getLong(at + 8) : Integer.toUnsignedLong(symbols.getInt(at + 4));
    }

    private static int nameLength(ByteBuffer text, long from) {
        if (from >= text.limit()) {
            return 0;
        }
        int end = (int) Math.min(text.limit(), from + MAX_NAME);
        int i = (int) from;
        while (i < end && text.get(i) != 0) {
            i++;
        }
        return i - (int) from;
    }

    /** Reads a part of the file, null if it does not lie in the file. */
    private static @Nullable ByteBuffer bytes(FileChannel file, long at, long count) throws IOException {
        if (at < 0 || count < 0 || count > file.size() || at > file.size() - count) {
            return null;
        }
        ByteBuffer to = ByteBuffer.allocate((int) count).order(ByteOrder.LITTLE_ENDIAN);
        while (to.hasRemaining()) {
            int n = file.read(to, at + to.position());
            if (n <= 0) {
                return null;
            }
        }
        return to.flip().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The table of sections. */
    private record Sections(@Nullable ByteBuffer table, int count, int entry, boolean wide) {
        static Sections read(FileChannel file, ByteBuffer head, boolean wide) throws IOException {
            long at = wide ? head.getLong(40) : Integer.toUnsignedLong(head.getInt(32));
            int size = head.getShort(wide ? 58 : 46) & 0xFFFF;
            int count = Math.min(MAX_SECTIONS, head.getShort(wide ? 60 : 48) & 0xFFFF);
            ByteBuffer table = size == (wide ? 64 : 40) ? bytes(file, at, (long) size * count) : null;
            return new Sections(table, table == null ? 0 : count, size, wide);
        }

        int find(int type) {
            for (int i = 0; i < count; i++) {
                if (table().getInt(i * entry + 4) == type) {
                    return i;
                }
            }
            return -1;
        }

        long offset(int i) {
            return wide ? table().getLong(i * entry + 24) : Integer.toUnsignedLong(table().getInt(i * entry + 16));
        }

        long size(int i) {
            long size = wide ? table().getLong(i * entry + 32) : Integer.toUnsignedLong(table().getInt(i * entry + 20));
            return size < 0 ? Long.MAX_VALUE : size;
        }

        /** Returns a section's number that is more than any where it is none. */
        int link(int i) {
            int link = table().getInt(i * entry + (wide ? 40 : 24));
            return link < 0 ? Integer.MAX_VALUE : link;
        }

        long entrySize(int i) {
            return wide ? table().getLong(i * entry + 56) : Integer.toUnsignedLong(table().getInt(i * entry + 36));
        }
    }
}
