// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.bpf.internal.Libc;
import java.io.IOException;
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

    private final int fd;

    private Library(int fd) {
        this.fd = fd;
    }

    /** Writes a file with a build id. */
    static Path write(Path file, byte[] buildId) throws IOException {
        byte[] image = new ElfImage(true, ByteOrder.LITTLE_ENDIAN, 4).note("GNU", 3, buildId).bytes();
        return Files.write(file, image);
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
        Files.write(Path.of("/proc/self/fd/" + fd),
                new ElfImage(true, ByteOrder.LITTLE_ENDIAN, 4).note("GNU", 3, buildId).bytes(), StandardOpenOption.WRITE);
        return new Library(fd);
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
