// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.NativeFunction;
import io.tetragon.bpf.internal.OpenState;
import io.tetragon.bpf.internal.Scratch;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The reading side of a BPF ring buffer, mapped into memory: records are read in place, without a system call, a copy
 * or garbage.
 *
 * <p>One thread drains and polls. {@link #wakeUp}, the positions, the counters and {@link #close} may be used from any
 * thread; close waits for a drain or poll that is under way, so it cannot be called by a {@link RecordHandler}.
 *
 * <pre>
 *   file offset   0           page        2 pages
 *                 +-----------+-----------+------------------+ - - - - - - - - - +
 *                 | consumer  | producer  | data, size bytes | data once more    |
 *                 | position  | position  |                  | (a record that    |
 *                 | read-write| read-only | read-only        | wraps is in one   |
 *                 +-----------+-----------+------------------+ piece) - - - - - -+
 *   record: u32 length | bit 31 busy | bit 30 discarded, u32 reserved, payload, padding to 8
 * </pre>
 */
public final class RingBuffer implements AutoCloseable {
    private static final VarHandle LONG =
            MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int HEADER = 8;
    private static final int DISCARDED = 1 << 30;
    private static final int LENGTH_MASK = DISCARDED - 1;
    private static final int MAX_SIZE = 512 << 20;
    /** How often space is given back within a long drain: each release writes a cache line producers read. */
    private static final int RECORDS_PER_RELEASE = 64;
    private static final int POLL_SET = 16;
    private static final int EFD_CLOEXEC_NONBLOCK = 0x80800;
    private static final short POLLIN = 1;

    private final OpenState state;
    private final int size;
    private final int mapFd;
    private final int wakeFd;
    private final long consumerAddress;
    private final long producerAddress;
    private final ByteBuffer consumer;
    private final ByteBuffer producer;
    private final ByteBuffer data;
    private final RingRecord record;
    private final Scratch memory = new Scratch();
    private final long pollSet = memory.zeroed(POLL_SET);
    private final long wakeWord = memory.zeroed(8);
    private final long drainWord = memory.zeroed(8);
    private volatile long discarded;
    private volatile @Nullable Thread drainer;

    /**
     * Maps a ring buffer. The map may be closed before the ring is.
     *
     * @param map of kind {@link MapType#RINGBUF}, loaded
     * @throws BpfException when it is of another kind, larger than 512 MiB, or cannot be mapped
     */
    public static RingBuffer open(BpfMap map) {
        MapInfo info = map.info();
        if (info.type() != MapType.RINGBUF || info.maxEntries() <= 0 || info.maxEntries() > MAX_SIZE) {
            throw new BpfException("read " + map.name() + " as a ring buffer", 0, "it is a " + info.type() + " of "
                    + (info.maxEntries() & 0xffffffffL) + " bytes", "use a ring buffer of at most 512 MiB");
        }
        return new RingBuffer(map, info.maxEntries());
    }

    private RingBuffer(BpfMap map, int size) {
        this.state = new OpenState("ring buffer " + map.name());
        this.size = size;
        int page = Libc.PAGE_SIZE;
        this.mapFd = Libc.duplicate(map.fd());
        this.wakeFd = (int) Libc.call("eventfd", 0, EFD_CLOEXEC_NONBLOCK);
        long first = 0;
        try {
            if (wakeFd < 0) {
                throw Errors.of("create an event descriptor", NativeFunction.errno());
            }
            first = Libc.map(mapFd, 0, page, Libc.READ_WRITE, "ring buffer " + map.name());
            this.consumerAddress = first;
            this.producerAddress = Libc.map(mapFd, page, page + 2L * size, Libc.READ, "ring buffer " + map.name());
        } catch (BpfException e) {
            if (first != 0) {
                Libc.unmap(first, page);
            }
            closeDescriptors();
            throw e;
        }
        this.consumer = buffer(consumerAddress, page);
        this.producer = buffer(producerAddress, page);
        this.data = buffer(producerAddress + page, 2 * size);
        this.record = new RingRecord(data);
        Scratch.MEMORY.putInt(pollSet, mapFd);
        Scratch.MEMORY.putShort(pollSet + 4, POLLIN);
        Scratch.MEMORY.putInt(pollSet + 8, wakeFd);
        Scratch.MEMORY.putShort(pollSet + 12, POLLIN);
        Scratch.MEMORY.putLong(wakeWord, 1);
    }

    private static ByteBuffer buffer(long address, int length) {
        return Scratch.MEMORY.newDirectByteBuffer(address, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** @return bytes of the ring, as the kernel has it; what was asked for is rounded up to a power of two of pages */
    public int size() {
        return size;
    }

    /**
     * Hands the records that are ready to a handler, in the order of their reservation. A record that a program has
     * reserved but not submitted yet ends the drain, since order is kept.
     *
     * @param maxRecords when to stop though there is more
     * @return how many records were handed over; discarded ones do not count
     * @throws IllegalStateException when the ring is closed
     */
    public int drain(RecordHandler handler, int maxRecords) {
        long stamp = state.enter();
        drainer = Thread.currentThread();
        try {
            return drainOpen(handler, maxRecords);
        } finally {
            drainer = null;
            state.leave(stamp);
        }
    }

    private int drainOpen(RecordHandler handler, int maxRecords) {
        // only this thread writes it, so a plain read is exact
        long position = (long) LONG.get(consumer, 0);
        long released = position;
        // acquire: what the producer wrote before it moved on, record headers included, is visible
        long end = (long) LONG.getAcquire(producer, 0);
        int mask = size - 1;
        int handed = 0;
        int dropped = 0;
        int sinceRelease = 0;
        try {
            while (handed < maxRecords) {
                if (position >= end) {
                    end = (long) LONG.getAcquire(producer, 0);
                    if (position >= end) {
                        break;
                    }
                }
                int at = (int) position & mask;
                // acquire: pairs with the submit that clears the busy bit; the payload is visible from here on
                int header = (int) INT.getAcquire(data, at);
                if (header < 0) {
                    break;
                }
                int length = header & LENGTH_MASK;
                // before the call: a record whose handler throws is consumed
                position += HEADER + length + 7 & ~7L;
                if ((header & DISCARDED) != 0) {
                    dropped++;
                } else {
                    handed++;
                    record.moveTo(at + HEADER, length);
                    handler.record(record);
                }
                if (++sinceRelease == RECORDS_PER_RELEASE) {
                    // release: all reads of the records are done before a producer may write there
                    LONG.setRelease(consumer, 0, position);
                    released = position;
                    sinceRelease = 0;
                }
            }
        } finally {
            if (position != released) {
                LONG.setRelease(consumer, 0, position);
            }
            if (dropped != 0) {
                addDiscarded(dropped);
            }
        }
        return handed;
    }

    private void addDiscarded(int count) {
        // single writer, the draining thread
        long before = discarded;
        discarded = before + count;
    }

    /**
     * Waits until there is something to read, {@link #wakeUp} is called, or time is over. Returns at once when records
     * are waiting already, whether or not a program asked for a wake-up; a record that is still being written counts.
     *
     * <p>A submit or discard without flags wakes the reader only when the reader has read everything before it. So
     * one with {@code BPF_RB_NO_WAKEUP}, on a ring that was empty, mutes all that follow until the next poll or a
     * submit with {@code BPF_RB_FORCE_WAKEUP}: do not mix them under an unlimited timeout.
     *
     * @param timeoutMillis 0 does not wait, -1 waits without limit
     * @return 1 when there is something to read, else 0
     */
    public int poll(int timeoutMillis) {
        long stamp = state.enter();
        try {
            // poll(2), not epoll: it asks the ring anew on each call, so no notification can have been missed
            int ready = (int) Libc.call("poll", pollSet, 2, timeoutMillis);
            if (ready < 0 && NativeFunction.errno() != Errors.EINTR) {
                throw Errors.of("wait for ring buffer", NativeFunction.errno());
            }
            if (ready > 0 && Scratch.MEMORY.getShort(pollSet + 14) != 0) {
                Libc.call("read", wakeFd, drainWord, 8);
            }
            return ready > 0 && (Scratch.MEMORY.getShort(pollSet + 6) & POLLIN) != 0 ? 1 : 0;
        } finally {
            state.leave(stamp);
        }
    }

    /** Ends a {@link #poll} that is waiting, or the next one; nothing happens on a closed ring. */
    public void wakeUp() {
        long stamp = state.tryEnter();
        if (stamp == 0) {
            return;
        }
        try {
            signal();
        } finally {
            state.leave(stamp);
        }
    }

    /** @return bytes read since the ring was created, headers and padding included */
    public long consumerPosition() {
        return position(consumer);
    }

    /** @return bytes written since the ring was created, headers and padding included */
    public long producerPosition() {
        return position(producer);
    }

    private long position(ByteBuffer page) {
        long stamp = state.enter();
        try {
            return (long) LONG.getAcquire(page, 0);
        } finally {
            state.leave(stamp);
        }
    }

    /** @return how many records programs reserved and then discarded, as far as drained */
    public long discardedRecords() {
        return discarded;
    }

    /**
     * Ends the reading; the kernel keeps the ring while its map is open.
     *
     * @throws IllegalStateException when a {@link RecordHandler} calls it
     */
    @Override
    public void close() {
        if (Thread.currentThread() == drainer) {
            throw new IllegalStateException("a record handler cannot close the ring buffer it is called by");
        }
        closeOnce();
    }

    /** The wake-up stays in the event descriptor, so a poll that is just about to begin ends as well. */
    private synchronized void closeOnce() {
        if (state.isClosed()) {
            return;
        }
        state.close(this::signal, () -> {
            Libc.unmap(consumerAddress, Libc.PAGE_SIZE);
            Libc.unmap(producerAddress, Libc.PAGE_SIZE + 2L * size);
            closeDescriptors();
            memory.close();
        });
    }

    private void signal() {
        Libc.call("write", wakeFd, wakeWord, 8);
    }

    private void closeDescriptors() {
        Libc.close(mapFd);
        if (wakeFd >= 0) {
            Libc.close(wakeFd);
        }
    }
}
