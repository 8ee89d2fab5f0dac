// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A part of a file, read piece by piece, mostly from front to back. Whoever jumps about in it is stopped before that costs
 * more than reading the part a few times would. Used by one thread.
 */
final class Window {
    private static final int PIECE = 64 << 10;
    /** How often the part may be read as a whole, and how many pieces more. */
    private static final int READINGS = 8;
    private static final int FREE_PIECES = 256;
    /** Names of C++ and Rust reach some thousands of bytes. */
    private static final int TEXT_MAX = 16 << 10;

    private final ElfFile elf;
    private final String what;
    private final long offset;
    private final long size;
    private long piecesLeft;
    private long start;
    private ByteBuffer piece = ByteBuffer.allocate(0);

    /**
     * @param offset of the part in the file
     * @param what the part is called in errors
     */
    Window(ElfFile elf, String what, long offset, long size) throws ElfException {
        if (offset < 0 || size < 0) {
            throw elf.damaged(what + " reaches beyond its end");
        }
        this.elf = elf;
        this.what = what;
        this.offset = offset;
        this.size = size;
        this.piecesLeft = FREE_PIECES + READINGS * (size / PIECE + 1);
    }

    static Window of(ElfFile elf, ElfFile.Section section) throws ElfException {
        return new Window(elf, "section " + section.name(), section.offset(), section.size());
    }

    long size() {
        return size;
    }

    byte byteAt(long at) throws ElfException {
        int place = place(at, Byte.BYTES);
        return piece.get(place);
    }

    short shortAt(long at) throws ElfException {
        int place = place(at, Short.BYTES);
        return piece.getShort(place);
    }

    int intAt(long at) throws ElfException {
        int place = place(at, Integer.BYTES);
        return piece.getInt(place);
    }

    long longAt(long at) throws ElfException {
        int place = place(at, Long.BYTES);
        return piece.getLong(place);
    }

    /** Returns the text up to the next zero byte; empty when there is none within reach. */
    String textAt(long at) throws ElfException {
        if (at < 0 || at >= size) {
            return "";
        }
        int from = place(at, 1);
        int end = end(from);
        if (end < 0 && from > 0) {
            fill(at);
            from = 0;
            end = end(from);
        }
        if (end < 0) {
            return "";
        }
        byte[] bytes = new byte[end - from];
        piece.get(from, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private int end(int from) {
        int limit = Math.min(piece.limit(), from + TEXT_MAX);
        for (int i = from; i < limit; i++) {
            if (piece.get(i) == 0) {
                return i;
            }
        }
        return -1;
    }

    /** Returns where a value lies in the piece, which may be another one than before. */
    private int place(long at, int bytes) throws ElfException {
        if (at < 0 || at > size - bytes) {
            throw elf.damaged(what + " is cut off");
        }
        if (at < start || at + bytes > start + piece.limit()) {
            fill(at);
            if (piece.limit() < bytes) {
                throw elf.damaged(what + " reaches beyond its end");
            }
        }
        return (int) (at - start);
    }

    private void fill(long at) throws ElfException {
        if (piecesLeft-- == 0) {
            throw elf.damaged(what + " is scattered");
        }
        piece = elf.some(offset + at, (int) Math.min(PIECE, size - at));
        start = at;
    }
}
