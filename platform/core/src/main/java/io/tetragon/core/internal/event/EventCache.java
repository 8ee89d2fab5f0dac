// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.Processes;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * Keeps events whose process or parent is not known yet, and tries them again. Bounded: when it is full the oldest goes
 * out as it is. Used by the reader's thread alone, but for the counters.
 */
final class EventCache {
    private record Parked(ProcessEvent event, long due, int tries) {}

    private final Processes processes;
    private final Consumer<ProcessEvent> out;
    private final long delayNanos;
    private final int retries;
    private final int capacity;
    private final ArrayDeque<Parked> parked = new ArrayDeque<>();
    private volatile long parkedTotal;
    private volatile long incomplete;

    /**
     * @param out where events go that are complete, or that waited long enough
     * @param delayNanos time between two tries
     */
    EventCache(Processes processes, Consumer<ProcessEvent> out, long delayNanos, int retries, int capacity) {
        this.processes = processes;
        this.out = out;
        this.delayNanos = delayNanos;
        this.retries = retries;
        this.capacity = capacity;
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer
    void park(ProcessEvent event, long now) {
        parkedTotal = parkedTotal + 1;
        if (retries == 0) {
            giveUp(event);
            return;
        }
        if (parked.size() >= capacity) {
            ProcessEvent oldest = parked.remove().event();
            if (oldest.resolve(processes)) {
                out.accept(oldest);
            } else {
                giveUp(oldest);
            }
        }
        parked.add(new Parked(event, now + delayNanos, 1));
    }

    /** Tries what is due. Entries are in the order of their due time, for the delay is the same for all. */
    void retry(long now) {
        while (!parked.isEmpty() && parked.peek().due() - now <= 0) {
            Parked next = parked.remove();
            if (next.event().resolve(processes)) {
                out.accept(next.event());
            } else if (next.tries() >= retries) {
                giveUp(next.event());
            } else {
                parked.add(new Parked(next.event(), now + delayNanos, next.tries() + 1));
            }
        }
    }

    /** Tries everything at once: many processes became known. */
    void retryAll() {
        for (int n = parked.size(); n > 0; n--) {
            Parked next = parked.remove();
            if (next.event().resolve(processes)) {
                out.accept(next.event());
            } else {
                parked.add(next);
            }
        }
    }

    /** Lets everything go as far as it is known: there will be no other try. */
    void giveUpAll() {
        retryAll();
        while (!parked.isEmpty()) {
            giveUp(parked.remove().event());
        }
    }

    boolean isEmpty() {
        return parked.isEmpty();
    }

    long parkedTotal() {
        return parkedTotal;
    }

    /** Events that were sent without their process or parent in the end. */
    long incomplete() {
        return incomplete;
    }

    /** Lets an event go without its process or parent. */
    @SuppressWarnings("NonAtomicOperationOnVolatileField") // one writer
    void giveUp(ProcessEvent event) {
        incomplete = incomplete + 1;
        out.accept(event);
    }
}
