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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A subscription: the queue the reader fills, and the thread that filters, limits and delivers.
 *
 * <p>Wake-up: before the thread sleeps it says so and looks at the queue once more; the reader looks for sleepers once
 * behind each burst of records, not for each event. A sleeper missed by that race wakes by itself after
 * {@link #SLEEP_NANOS}.
 */
final class ListenerThread implements Subscription {
    private static final Log LOG = Log.of(ListenerThread.class);
    private static final long SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(1);

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

    ListenerThread(SubscriptionRequest request, EventListener listener, EventFilter filter,
            FieldMasks masks, @Nullable RateLimit rateLimit, Consumer<ListenerThread> onClosed) {
        this.request = request;
        this.listener = listener;
        this.filter = filter;
        this.masks = masks;
        this.rateLimit = rateLimit;
        this.onClosed = onClosed;
        queue = new EventQueue(request.queueSize());
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

    /** Wakes the thread if it sleeps on a queue that is no longer empty. On the reader's thread. */
    void wake() {
        if (sleeping && queue.size() > 0) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public ListenerLedger ledger() {
        // What is furthest down the way is read first, so that no event is missing from the sum.
        long done = delivered;
        long limitedNow = limited;
        long filteredNow = filtered;
        long lost = failed + overflowed;
        long all = offered;
        return new ListenerLedger(all, done, filteredNow, lost, limitedNow,
                Math.max(0, all - done - limitedNow - filteredNow - lost));
    }

    @Override
    public void close() {
        if (!closing) {
            closeDeadline = System.nanoTime() + CLOSE_NANOS;
            closing = true;
            onClosed.accept(this);
        }
        LockSupport.unpark(thread);
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(TimeUnit.NANOSECONDS.toMillis(CLOSE_NANOS) / 2 + 1000);
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(500);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                Event event = queue.poll();
                if (event != null) {
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
                sleep();
            }
        } catch (RuntimeException | Error e) {
            LOG.defect(e, "listener failed", "listener", request.name(), "reason", e.toString());
        } finally {
            finish();
        }
    }

    private void sleep() {
        sleeping = true;
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
                listener.event(dropped);
                listener.flush();
            } catch (IOException e) {
                LOG.debug("rate limit not reported", "listener", request.name(), "reason", e.getMessage());
            }
        }
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer
    private void flush() {
        long pending = taken;
        if (pending == 0) {
            return;
        }
        taken = 0;
        try {
            int notDelivered = listener.flush();
            delivered = delivered + pending - notDelivered;
            failed = failed + notDelivered;
        } catch (IOException e) {
            failed = failed + pending;
        }
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer: the reader has let go of the queue
    private void finish() {
        if (!closing) {
            closing = true;
            onClosed.accept(this);
        }
        try {
            flush();
            listener.closed();
        } catch (RuntimeException e) {
            LOG.defect(e, "listener failed to close", "listener", request.name(), "reason", e.toString());
        }
        while (queue.poll() != null) {
            failed = failed + 1;
        }
        ListenerLedger l = ledger();
        LOG.info("listener ledger", "name", request.name(), "offered", l.offered(), "delivered", l.delivered(),
                "filtered", l.filtered(), "lost", l.lost(), "rate_limited", l.rateLimited());
    }
}
