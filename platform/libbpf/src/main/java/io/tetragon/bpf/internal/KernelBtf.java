// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.btf.Btf;
import io.tetragon.bpf.btf.BtfFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The kernel's type information while somebody reads it: mapped where the kernel allows that (since 6.16), else read into
 * pages of their own, because what the Java heap grows by for a moment stays resident. One thread only.
 */
final class KernelBtf implements AutoCloseable {
    static final Path FOLDER = Path.of("/sys/kernel/btf");

    /** A kernel has six megabytes, with all of its drivers built in some ten; nothing reasonable is near this. */
    private static final long LARGEST = 256 << 20;

    private final long address;
    private final long length;
    private final Btf btf;

    private KernelBtf(long address, long length) {
        this.address = address;
        this.length = length;
        try {
            ByteBuffer section = Scratch.MEMORY.newDirectByteBuffer(address, Math.toIntExact(length));
            this.btf = Btf.parse(section, null);
        } catch (BtfFormatException e) {
            Libc.unmap(address, length);
            throw e;
        }
    }

    /**
     * @throws BpfException       when it cannot be read
     * @throws BtfFormatException when it is malformed
     * @throws IOException        when there is none
     */
    static KernelBtf open() throws IOException {
        Path file = FOLDER.resolve("vmlinux");
        long length = Files.size(file);
        if (length <= 0 || length > LARGEST) {
            throw new BtfFormatException(file + " has an impossible size of " + length + " bytes");
        }
        int fd = Libc.openToRead(file);
        try {
            long mapped = Libc.mapToRead(fd, length);
            return new KernelBtf(mapped == -1 ? copy(fd, length, file) : mapped, length);
        } finally {
            Libc.close(fd);
        }
    }

    private static long copy(int fd, long length, Path file) {
        long pages = Libc.allocatePages(length);
        try {
            if (Libc.read(fd, pages, length, file.toString()) != length) {
                throw new BtfFormatException(file + " is shorter than it says");
            }
            return pages;
        } catch (RuntimeException e) {
            Libc.unmap(pages, length);
            throw e;
        }
    }

    /** @return the types, which must not be used any more once this is closed */
    Btf btf() {
        return btf;
    }

    @Override
    public void close() {
        Libc.unmap(address, length);
    }
}
