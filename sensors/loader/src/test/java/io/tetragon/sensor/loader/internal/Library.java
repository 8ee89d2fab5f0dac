// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.bpf.internal.Libc;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import io.tetragon.bpf.internal.Scratch;

/** A file with a build id, and what a loader does with it, done by this process. */
final class Library implements AutoCloseable {
    static final int READ = 1;
    static final int READ_EXECUTE = 5;
    private static final int MAP_PRIVATE = 2;
    private static final int PAGE = 4096;
    private static final int FILE_HEADER = 64;
    private static final int SEGMENT_HEADER = 56;
    private static final int NOTE_SEGMENT = 4;
    private static final int NOTE_HEADER = 16;

    private final int fd;

    private Library(int fd) {
        this.fd = fd;
    }

    /** Writes a file with a build id. */
    static Path write(Path file, byte[] buildId) throws IOException {
        return Files.write(file, image(buildId));
    }

    /** Opens a file. */
    static Library open(Path file) {
        try (Scratch scratch = new Scratch()) {
            return new Library((int) Libc.call("open", scratch.string(file.toString()), 0));
        }
    }

    /** Makes a file in memory. */
    static Library inMemory(String name, byte[] buildId) throws IOException {
        int fd;
        try (Scratch scratch = new Scratch()) {
            fd = (int) Libc.call("memfd_create", scratch.string(name), 0);
        }
        Files.write(Path.of("/proc/self/fd/" + fd), image(buildId), StandardOpenOption.WRITE);
        return new Library(fd);
    }

    /** The headers of an ELF file and its only segment, of notes. */
    private static byte[] image(byte[] buildId) {
        int notes = FILE_HEADER + SEGMENT_HEADER;
        int size = NOTE_HEADER + buildId.length;
        ByteBuffer file = ByteBuffer.allocate(notes + (size + 3 & ~3)).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
        file.putLong(32, FILE_HEADER).putShort(54, (short) SEGMENT_HEADER).putShort(56, (short) 1);
        file.putInt(FILE_HEADER, NOTE_SEGMENT).putLong(FILE_HEADER + 8, notes).putLong(FILE_HEADER + 32, size)
                .putLong(FILE_HEADER + 48, Integer.BYTES);
        file.position(notes).putInt(4).putInt(buildId.length).putInt(3).put(new byte[] {'G', 'N', 'U', 0}).put(buildId);
        return file.array();
    }

    /** Maps the file's first page and returns its address. */
    long map(int protection) {
        long address = Libc.call("mmap", 0, PAGE, protection, MAP_PRIVATE, fd, 0);
        if (address == -1) {
            throw new IllegalStateException("cannot map");
        }
        return address;
    }

    /** Changes the protection of a mapped page. */
    static void protect(long address, int protection) {
        if (Libc.call("mprotect", address, PAGE, protection) != 0) {
            throw new IllegalStateException("cannot protect");
        }
    }

    static void unmap(long address) {
        Libc.call("munmap", address, PAGE);
    }

    @Override
    public void close() {
        Libc.call("close", fd);
    }
}
