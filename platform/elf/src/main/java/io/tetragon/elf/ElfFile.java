// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The tables of an ELF file of 64 bits, little-endian. The file may be hostile or change while it is read: every offset is
 * checked against what is there, and only sections asked for are read. Used by one thread.
 */
public final class ElfFile implements AutoCloseable {
    /** Types of sections. */
    public static final int SYMBOL_TABLE = 2;
    public static final int NOTE = 7;
    public static final int DYNAMIC_SYMBOLS = 11;

    /** Of {@link #machine}. */
    public static final int X86_64 = 62;

    private static final int MAGIC = 0x464c457f;
    private static final int FILE_HEADER = 64;
    private static final int SECTION_HEADER = 64;
    private static final int SEGMENT_HEADER = 56;
    private static final int LOADED = 1;
    private static final int NO_BITS = 8;
    /** What is read as a whole: notes and tables of the file's parts, never all symbols or all names. */
    private static final long MAX_SECTION = 16L << 20;
    /** Programs have some thirty. */
    private static final int MAX_SECTIONS = 1 << 16;
    private static final int MAX_SEGMENTS = 128;
    /** Of a section with a longer name nobody wants anything. */
    private static final int MAX_SECTION_NAME = 64;
    /** What is read at a time of what is searched. */
    private static final int PIECE = 1 << 16;
    /** An index that means: the number stands in the first section header. */
    private static final int ELSEWHERE = 0xffff;

    /**
     * A section as its header describes it.
     *
     * @param address where it is loaded, 0 when it is not
     * @param offset in the file
     * @param link the index of a section that belongs to it
     * @param entry bytes of an entry, when it is a table
     */
    public record Section(String name, int type, long address, long offset, long size, int link, long entry) {}

    /**
     * A part of the file that is mapped into memory.
     *
     * @param offset in the file
     * @param size bytes in the file
     * @param address as the linker saw it
     */
    public record Segment(long offset, long size, long address, boolean executable) {}

    private final Path path;
    private final FileChannel channel;
    private final List<Section> sections = new ArrayList<>();
    private final List<Segment> segments = new ArrayList<>();
    private int machine;

    private ElfFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Opens a file and reads its tables.
     *
     * @throws ElfException if it cannot be read, or is no such file
     */
    public static ElfFile open(Path path) throws ElfException {
        if (!Files.isRegularFile(path)) {
            throw new ElfException(path + (Files.exists(path) ? " is no regular file" : " does not exist")
                    + ": give a program or library");
        }
        try {
            return of(path, FileChannel.open(path));
        } catch (ElfException e) {
            throw e;
        } catch (IOException e) {
            throw new ElfException("cannot read " + path + " (" + e.getMessage() + "): check its permissions", e);
        }
    }

    /**
     * Reads the tables of a file that is open.
     *
     * @param path what it is called in errors
     * @param channel closed with the result, or here when that is an error
     * @throws ElfException if it cannot be read, or is no such file
     */
    public static ElfFile of(Path path, FileChannel channel) throws ElfException {
        ElfFile file = new ElfFile(path, channel);
        try {
            file.readTables();
            return file;
        } catch (ElfException | RuntimeException e) {
            file.close();
            throw e;
        } catch (IOException e) {
            file.close();
            throw file.unreadable(e);
        }
    }

    /** Returns the number of the processor that it is for. */
    public int machine() {
        return machine;
    }

    /** Returns the sections, none where they were stripped. */
    public List<Section> sections() {
        return Collections.unmodifiableList(sections);
    }

    /** Returns the segments that are mapped. */
    public List<Segment> segments() {
        return Collections.unmodifiableList(segments);
    }

    /** Returns the place in the file of an address, -1 when no segment has it. */
    public long offsetOf(long address) {
        for (Segment segment : segments) {
            long distance = address - segment.address;
            if (distance >= 0 && distance < segment.size) {
                return segment.offset + distance;
            }
        }
        return -1;
    }

    /** Returns the address that a place in the file is loaded to as code, -1 when it is not. */
    public long codeAddressOf(long offset) {
        for (Segment segment : segments) {
            long distance = offset - segment.offset;
            if (segment.executable && distance >= 0 && distance < segment.size) {
                return segment.address + distance;
            }
        }
        return -1;
    }

    /**
     * Returns the address of the first byte of what is loaded as code that has this value and is wanted, -1 when there is none
     * in the first 64 MiB of any part.
     *
     * @param wanted told the address
     */
    public long codeAddressOf(byte value, LongPredicate wanted) throws ElfException {
        for (Segment segment : segments) {
            long end = segment.executable() ? Math.min(segment.size(), MAX_SECTION) : 0;
            for (long at = 0; at < end; at += PIECE) {
                ByteBuffer piece = some(segment.offset() + at, (int) Math.min(PIECE, end - at));
                for (int i = 0; i < piece.limit(); i++) {
                    if (piece.get(i) == value && wanted.test(segment.address() + at + i)) {
                        return segment.address() + at + i;
                    }
                }
            }
        }
        return -1;
    }

    /** Whether an address lies in what is loaded as code. */
    public boolean isCode(long address) {
        for (Segment segment : segments) {
            long distance = address - segment.address;
            if (segment.executable && distance >= 0 && distance < segment.size) {
                return true;
            }
        }
        return false;
    }

    /** Returns the lowest address that is loaded, 0 when nothing is. */
    public long base() {
        return segments.stream().mapToLong(Segment::address).min().orElse(0);
    }

    /**
     * Returns a section by its index.
     *
     * @throws ElfException if there is no such section
     */
    public Section section(int index) throws ElfException {
        if (index < 0 || index >= sections.size()) {
            throw damaged("it refers to section " + index + " of " + sections.size());
        }
        return sections.get(index);
    }

    /** Reads a section; nothing when it has no bytes in the file. */
    public ByteBuffer read(Section section) throws ElfException {
        if (section.type == NO_BITS) {
            return ByteBuffer.allocate(0);
        }
        return read(section.offset, section.size, "section " + section.name);
    }

    /** Returns the text that ends at the next zero byte, empty when there is none. Not UTF-8 shows as U+FFFD. */
    public static String text(ByteBuffer strings, long offset) {
        if (offset < 0 || offset >= strings.limit()) {
            return "";
        }
        int start = (int) offset;
        for (int end = start; end < strings.limit(); end++) {
            if (strings.get(end) == 0) {
                byte[] bytes = new byte[end - start];
                strings.get(start, bytes);
                return new String(bytes, StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    /** Returns what to throw when the file contradicts itself. */
    public ElfException damaged(String how) {
        return new ElfException(path + " is a damaged ELF file: " + how);
    }

    private void readTables() throws IOException {
        if (channel.size() < FILE_HEADER) {
            throw foreign();
        }
        ByteBuffer header = read(0, FILE_HEADER, "its header");
        if (header.getInt(0) == MAGIC && header.get(4) == 1) {
            throw new ElfException(path + " is an ELF file of 32 bits: give one of 64 bits, others are not supported");
        }
        if (header.getInt(0) != MAGIC || header.get(4) != 2 || header.get(5) != 1) {
            throw foreign();
        }
        machine = header.getShort(18) & 0xffff;
        readSegments(header);
        readSections(header);
    }

    private void readSegments(ByteBuffer header) throws ElfException {
        long table = header.getLong(32);
        int entry = header.getShort(54) & 0xffff;
        int count = header.getShort(56) & 0xffff;
        if (table == 0 || count == 0) {
            return;
        }
        if (entry != SEGMENT_HEADER) {
            throw damaged("program headers of " + entry + " bytes");
        }
        ByteBuffer headers = read(table, (long) count * SEGMENT_HEADER, "its program headers");
        for (int at = 0; at < headers.limit(); at += SEGMENT_HEADER) {
            if (headers.getInt(at) == LOADED) {
                if (segments.size() == MAX_SEGMENTS) {
                    throw damaged("more than " + MAX_SEGMENTS + " parts of it are loaded");
                }
                segments.add(new Segment(headers.getLong(at + 8), headers.getLong(at + 32), headers.getLong(at + 16),
                        (headers.getInt(at + 4) & 1) != 0));
            }
        }
    }

    private void readSections(ByteBuffer header) throws ElfException {
        long table = header.getLong(40);
        int entry = header.getShort(58) & 0xffff;
        long count = header.getShort(60) & 0xffff;
        int names = header.getShort(62) & 0xffff;
        if (table == 0) {
            return;
        }
        if (entry != SECTION_HEADER) {
            throw damaged("section headers of " + entry + " bytes");
        }
        if (count == 0 || names == ELSEWHERE) {
            ByteBuffer first = read(table, SECTION_HEADER, "its section table");
            count = count == 0 ? first.getLong(32) : count;
            names = names == ELSEWHERE ? first.getInt(40) : names;
        }
        if (count < 0 || count > MAX_SECTIONS) {
            throw damaged("it claims " + Long.toUnsignedString(count) + " sections");
        }
        ByteBuffer headers = read(table, count * SECTION_HEADER, "its section table");
        Section strings = names >= 0 && names < count ? section(headers, names * SECTION_HEADER, null) : null;
        Window texts = strings == null || strings.type == NO_BITS ? null : Window.of(this, strings);
        for (int i = 0; i < count; i++) {
            sections.add(section(headers, i * SECTION_HEADER, texts));
        }
    }

    private static Section section(ByteBuffer headers, int at, @Nullable Window names) throws ElfException {
        String name = names == null ? "" : names.textAt(Integer.toUnsignedLong(headers.getInt(at)));
        return new Section(
                name.length() > MAX_SECTION_NAME ? "" : name,
                headers.getInt(at + 4),
                headers.getLong(at + 16),
                headers.getLong(at + 24),
                headers.getLong(at + 32),
                headers.getInt(at + 40),
                headers.getLong(at + 56));
    }

    /** Reads as much of a part of the file as there is; for parts that are not wanted as a whole. */
    ByteBuffer some(long offset, int size) throws ElfException {
        try {
            long there = Math.max(0, Math.min(size, channel.size() - Math.max(0, offset)));
            return read(offset, offset < 0 ? 0 : there, "a part of it");
        } catch (ElfException e) {
            throw e;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private ByteBuffer read(long offset, long size, String what) throws ElfException {
        try {
            if (offset < 0 || size < 0 || offset > channel.size() || size > channel.size() - offset) {
                throw damaged(what + " reaches beyond its end");
            }
            if (size > MAX_SECTION) {
                throw new ElfException(what + " of " + path + " has " + size + " bytes: the limit is " + MAX_SECTION);
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, offset + bytes.position()) < 0) {
                    throw new EOFException("it became shorter while it was read");
                }
            }
            return bytes.flip();
        } catch (ElfException e) {
            throw e;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private ElfException unreadable(IOException e) {
        return new ElfException("cannot read " + path + " (" + e.getMessage() + "): try again", e);
    }

    private ElfException foreign() {
        return new ElfException(path + " is no ELF file of 64 bits, little-endian: give a program or library");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException nothingWasWritten) {
            // A file that was only read has nothing to lose.
        }
    }
}
