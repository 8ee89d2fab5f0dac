// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import io.tetragon.api.event.Event;
import io.tetragon.api.process.Process;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue between one producer, the reader's thread, and one consumer, a listener's thread.
 *
 * <p>A slot is written before {@code tail} is released and read behind its acquisition, so the consumer sees whole events;
 * likewise a slot is cleared before {@code head} is released and reused only behind its acquisition. The producer keeps a
 * copy of the head it saw last and reads the real one only when the queue seems full: in the common case neither side
 * touches the other's cache line.
 *
 * <p>It is bounded in bytes as well, because some events keep a thousand times as much memory as others. Each counts with its
 * process, which may have been forgotten everywhere else, unless the one before it had the same.
 */
final class EventQueue {
    private static final VarHandle HEAD;
    private static final VarHandle TAIL;
    private static final VarHandle BYTES_OUT;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            HEAD = lookup.findVarHandle(EventQueue.class, "head", long.class);
            TAIL = lookup.findVarHandle(EventQueue.class, "tail", long.class);
            BYTES_OUT = lookup.findVarHandle(EventQueue.class, "bytesOut", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final @Nullable Event[] slots;
    private final int[] sizes;
    private final int capacity;
    private final long maxBytes;
    private final int mask;
    /** The producer's. */
    private long headSeen;
    private long bytesIn;
    private long bytesOutSeen;
    private @Nullable Process lastProcess;
    @SuppressWarnings("unused") // through HEAD
    private volatile long head;
    @SuppressWarnings("unused") // through TAIL
    private volatile long tail;
    @SuppressWarnings("unused") // through BYTES_OUT
    private volatile long bytesOut;

    /** @param maxBytes estimated bytes; an empty queue takes any event */
    EventQueue(int capacity, long maxBytes) {
        this.capacity = Math.max(1, capacity);
        this.maxBytes = maxBytes;
        int size = Integer.highestOneBit(Math.max(1, this.capacity - 1)) << 1;
        slots = new Event[Math.max(2, size)];
        sizes = new int[slots.length];
        mask = slots.length - 1;
    }

    /** Adds an event unless the queue is full. Producer only. */
    boolean offer(Event event) {
        long at = (long) TAIL.getOpaque(this);
        if (at - headSeen >= capacity) {
            headSeen = (long) HEAD.getAcquire(this);
            if (at - headSeen >= capacity) {
                return false;
            }
        }
        if (bytesIn - bytesOutSeen >= maxBytes) {
            bytesOutSeen = (long) BYTES_OUT.getAcquire(this);
            if (bytesIn - bytesOutSeen >= maxBytes) {
                return false;
            }
        }
        int slot = (int) at & mask;
        sizes[slot] = sizeOf(event);
        bytesIn += sizes[slot];
        slots[slot] = event;
        TAIL.setRelease(this, at + 1);
        return true;
    }

    private int sizeOf(Event event) {
        Process process = event.process();
        boolean counts = process != null && process != lastProcess;
        lastProcess = process;
        return event.size() + (counts ? process.size() : 0);
    }

    /** Takes the oldest event, null if there is none. Consumer only. */
    @Nullable Event poll() {
        long at = (long) HEAD.getOpaque(this);
        if (at == (long) TAIL.getAcquire(this)) {
            return null;
        }
        int slot = (int) at & mask;
        Event event = slots[slot];
        slots[slot] = null;
        BYTES_OUT.setRelease(this, (long) BYTES_OUT.getOpaque(this) + sizes[slot]);
        HEAD.setRelease(this, at + 1);
        return event;
    }

    /** Returns the number of events at about this moment. For any thread. */
    int size() {
        long at = (long) HEAD.getAcquire(this);
        return (int) Math.max(0, (long) TAIL.getAcquire(this) - at);
    }
}
