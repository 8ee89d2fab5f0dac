// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.api.listener.EventBus;
import io.tetragon.api.listener.EventListener;
import io.tetragon.api.listener.ListenerLedger;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.listener.SubscriptionRequest;
import io.tetragon.core.filter.EventFilter;
import io.tetragon.core.filter.FieldMasks;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** An event bus with nothing behind it: one queue and one thread for each subscription. */
final class MemoryBus implements EventBus {
    final List<Running> open = new CopyOnWriteArrayList<>();
    final List<Running> ended = new CopyOnWriteArrayList<>();

    @Override
    public Subscription subscribe(SubscriptionRequest request, EventListener listener) throws TetragonException {
        EventFilter filter = EventFilter.compile(request.allow(), request.deny());
        Running running = new Running(request, filter, FieldMasks.compile(request.fieldFilters()), listener);
        open.add(running);
        running.thread.start();
        return running;
    }

    void publish(Event event) {
        open.forEach(running -> running.offer(event));
    }

    final class Running implements Subscription {
        final SubscriptionRequest request;
        final Thread thread;
        private final EventFilter filter;
        private final FieldMasks masks;
        private final EventListener listener;
        private final ArrayBlockingQueue<Event> queue;
        private final AtomicLong offered = new AtomicLong();
        private final AtomicLong filtered = new AtomicLong();
        private final AtomicLong lost = new AtomicLong();
        private final AtomicLong delivered = new AtomicLong();
        private volatile boolean closing;

        private Running(
                SubscriptionRequest request, EventFilter filter, FieldMasks masks, EventListener listener) {
            this.request = request;
            this.filter = filter;
            this.masks = masks;
            this.listener = listener;
            queue = new ArrayBlockingQueue<>(request.queueSize());
            thread = new Thread(this::run, "listener-" + request.name());
        }

        private void offer(Event event) {
            offered.incrementAndGet();
            if (!filter.matches(event)) {
                filtered.incrementAndGet();
            } else if (!queue.offer(event)) {
                lost.incrementAndGet();
            }
        }

        private void run() {
            try {
                while (!closing || !queue.isEmpty()) {
                    Event event = queue.poll(5, TimeUnit.MILLISECONDS);
                    if (event != null) {
                        deliver(event);
                    }
                }
                listener.flush();
            } catch (InterruptedException | IOException e) {
                lost.addAndGet(queue.size());
            }
            listener.closed();
            open.remove(this);
            ended.add(this);
        }

        private void deliver(Event event) {
            try {
                listener.event(masks.apply(event));
                delivered.incrementAndGet();
            } catch (IOException e) {
                lost.incrementAndGet();
            }
        }

        @Override
        public ListenerLedger ledger() {
            return new ListenerLedger(
                    offered.get(), delivered.get(), filtered.get(), lost.get(), 0, queue.size());
        }

        @Override
        public void close() {
            closing = true;
            try {
                thread.join(1000);
                if (thread.isAlive()) {
                    thread.interrupt();
                    thread.join();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
