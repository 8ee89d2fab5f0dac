// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import io.tetragon.api.event.Event;
import io.tetragon.api.listener.EventListener;
import io.tetragon.api.listener.ListenerLedger;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.listener.SubscriptionRequest;
import io.tetragon.api.log.Log;
import io.tetragon.core.filter.EventFilter;
import io.tetragon.core.filter.FieldMasks;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A subscription: the queue the reader fills, and the thread that filters, limits and delivers.
 *
 * <p>Wake-up: while events keep coming the thread naps between two looks at its queue, so that one wake-up and one flush
 * serve many of them. Behind a nap without any it sleeps: it says so and looks at the queue once more; the reader looks for
 * sleepers once behind each burst of records, not for each event, and ends the nap of one whose queue fills up. A full fence
 * on either side lets one of them see the other. The sleep is bounded all the same.
 */
final class ListenerThread implements Subscription {
    private static final Log LOG = Log.of(ListenerThread.class);
    private static final long SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** What a queue may take of the heap. Those of several slow listeners hold the same events. */
    private static final int QUEUE_SHARE = 5;
    /** A listener that blocks behind the deadline is interrupted after this time, and given up after as much again. */
    private static final long UNBLOCK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final SubscriptionRequest request;
    private final EventListener listener;
    private final EventFilter filter;
    private final FieldMasks masks;
    private final @Nullable RateLimit rateLimit;
    private final EventQueue queue;
    private final Consumer<ListenerThread> onClosed;
    private final Thread thread;

    private volatile boolean sleeping;
    private volatile boolean closing;
    private volatile boolean finished;
    private volatile long closeDeadline;

    /** Written by the reader's thread. */
    private volatile long offered;
    private volatile long overflowed;
    /** Written by this listener's thread; {@code taken} are accepted by the listener but not flushed. */
    private volatile long delivered;
    private volatile long failed;
    private volatile long filtered;
    private volatile long limited;
    private volatile long taken;
    /** Whether the listener was handed anything since its last flush; a report of the rate limit is in no account. */
    private boolean unflushed;

    ListenerThread(SubscriptionRequest request, EventListener listener, EventFilter filter,
            FieldMasks masks, @Nullable RateLimit rateLimit, Consumer<ListenerThread> onClosed) {
        this.request = request;
        this.listener = listener;
        this.filter = filter;
        this.masks = masks;
        this.rateLimit = rateLimit;
        this.onClosed = onClosed;
        queue = new EventQueue(request.queueSize(), Runtime.getRuntime().maxMemory() / QUEUE_SHARE);
        thread = new Thread(this::run, "listener-" + request.name());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    String name() {
        return request.name();
    }

    /** Queues an event. On the reader's thread. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer
    void offer(Event event) {
        offered = offered + 1;
        if (!queue.offer(event)) {
            overflowed = overflowed + 1;
        }
    }

    /** Wakes the thread if it sleeps on a queue that is no longer empty, or naps on one half full. On the reader's thread. */
    void wake() {
        int waiting = queue.size();
        if (waiting > 0 && sleeping || waiting > request.queueSize() / 2) {
            LockSupport.unpark(thread);
        }
    }

    /** Ends a nap or sleep. For any thread. */
    void hurry() {
        LockSupport.unpark(thread);
    }

    /** Tells whether nothing is queued or waits to be flushed. For any thread. */
    boolean isIdle() {
        return finished || ledger().queued() == 0;
    }

    @Override
    public ListenerLedger ledger() {
        boolean ended = finished;
        // What is furthest down the way is read first, so that no event is missing from the sum.
        long done = delivered;
        long limitedNow = limited;
        long filteredNow = filtered;
        long lost = failed + overflowed;
        long all = offered;
        long rest = Math.max(0, all - done - limitedNow - filteredNow - lost);
        // Behind the end nothing is under way: what the thread died on, and what the reader still queued, is lost.
        return ended
                ? new ListenerLedger(all, done, filteredNow, lost + rest, limitedNow, 0)
                : new ListenerLedger(all, done, filteredNow, lost, limitedNow, rest);
    }

    @Override
    public void close() {
        beginClose();
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, closeDeadline + UNBLOCK_NANOS - System.nanoTime()));
            if (thread.isAlive()) {
                thread.interrupt();
                TimeUnit.NANOSECONDS.timedJoin(thread, UNBLOCK_NANOS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Tells the thread to deliver what is queued and end, without waiting for it. */
    void beginClose() {
        if (!closing) {
            closeDeadline = System.nanoTime() + CLOSE_NANOS;
            closing = true;
            onClosed.accept(this);
        }
        LockSupport.unpark(thread);
    }

    private void run() {
        boolean busy = false;
        try {
            while (true) {
                Event event = queue.poll();
                if (event != null) {
                    busy = true;
                    take(event);
                    if (closing && System.nanoTime() - closeDeadline > 0) {
                        break;
                    }
                    continue;
                }
                flush();
                if (closing) {
                    break;
                }
                if (busy) {
                    busy = false;
                    LockSupport.parkNanos(this, NAP_NANOS);
                } else {
                    sleep();
                }
            }
        } catch (RuntimeException | Error e) {
            LOG.defect(e, "listener failed", "listener", request.name(), "reason", e.toString());
        } finally {
            finish();
        }
    }

    private void sleep() {
        // With an interrupt that the listener left behind, parking would return at once, for ever.
        Thread.interrupted();
        sleeping = true;
        VarHandle.fullFence();
        if (queue.size() == 0 && !closing) {
            LockSupport.parkNanos(this, SLEEP_NANOS);
        }
        sleeping = false;
        RateLimit limit = rateLimit;
        if (limit != null) {
            report(limit);
        }
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer
    private void take(Event event) {
        if (!filter.matches(event)) {
            filtered = filtered + 1;
            return;
        }
        RateLimit limit = rateLimit;
        if (limit != null) {
            report(limit);
            if (!limit.admit()) {
                limited = limited + 1;
                return;
            }
        }
        try {
            unflushed = true;
            listener.event(masks.apply(event));
            taken = taken + 1;
        } catch (IOException e) {
            failed = failed + 1;
        }
    }

    /** What the rate kept out is told in an event of its own, which is in no account: nobody offered it. */
    private void report(RateLimit limit) {
        Event dropped = limit.report();
        if (dropped != null) {
            try {
                unflushed = true;
                listener.event(dropped);
            } catch (IOException e) {
                LOG.debug("rate limit not reported", "listener", request.name(), "reason", e.getMessage());
            }
        }
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer
    private void flush() {
        if (!unflushed) {
            return;
        }
        unflushed = false;
        long pending = taken;
        taken = 0;
        try {
            long notDelivered = Math.max(0, Math.min(pending, listener.flush()));
            delivered = delivered + pending - notDelivered;
            failed = failed + notDelivered;
        } catch (IOException e) {
            failed = failed + pending;
        }
    }

    private void finish() {
        if (!closing) {
            closing = true;
            onClosed.accept(this);
        }
        lastCall(this::flush);
        lastCall(listener::closed);
        while (queue.poll() != null) {
            // lost, as the ledger says from now on
        }
        finished = true;
        ListenerLedger l = ledger();
        LOG.info("listener ledger", "name", request.name(), "offered", l.offered(), "delivered", l.delivered(),
                "filtered", l.filtered(), "lost", l.lost(), "rate_limited", l.rateLimited());
    }

    /** Whatever one of the last calls throws, the listener gets the next one, and the accounts are closed. */
    private void lastCall(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            LOG.defect(e, "listener failed to close", "listener", request.name(), "reason", e.toString());
        }
    }
}
