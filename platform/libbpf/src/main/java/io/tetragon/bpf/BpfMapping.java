// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.OpenState;
import io.tetragon.bpf.internal.Scratch;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The values of an array map in memory: reads and writes are seen by programs at once, without a system call. The
 * map lives as long as the mapping.
 *
 * <p>After {@link #close} the buffer reads zeroes, and what is written to it is lost; a stray access does no harm.
 */
public final class BpfMapping implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final OpenState state = new OpenState("mapping");
    private final ByteBuffer buffer;
    private final long address;
    private final long length;

    BpfMapping(int fd, long length, String name) {
        if (length <= 0 || length > Integer.MAX_VALUE) {
            throw new BpfException("map " + name + " into memory", 0, "its values are 0 bytes or more than 2 GiB", "");
        }
        this.length = length;
        long start = Libc.map(fd, 0, length, Libc.READ_WRITE, "map " + name);
        this.address = start;
        ByteBuffer mapped = Scratch.MEMORY.newDirectByteBuffer(start, (int) length);
        // the addresses may be used again only when no buffer, slices included, can reach them
        CLEANER.register(mapped, () -> Libc.unmap(start, length));
        this.buffer = mapped.order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The values one after the other, each padded to eight bytes; little-endian.
     *
     * @return the same buffer each time; its position is shared, so use absolute access or duplicate it
     */
    public ByteBuffer buffer() {
        return buffer;
    }

    @Override
    public void close() {
        state.close(() -> Libc.replaceByZeroes(address, length));
    }
}
