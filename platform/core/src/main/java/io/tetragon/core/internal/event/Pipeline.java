// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import io.tetragon.api.event.ProcessEvent;
import io.tetragon.core.internal.cache.ProcessCache;
import java.util.concurrent.TimeUnit;

/** From a decoded event to the listeners: looks up what it is about, parks it if need be, publishes it. */
public final class Pipeline {
    private static final int PARKED_MAX = 4096;

    private final ProcessCache processes;
    private final EventHub hub;
    private final EventCache parked;

    /**
     * @param retryDelayNanos time between two looks at a parked event
     * @param retries looks at a parked event before it goes out as it is
     */
    public Pipeline(ProcessCache processes, EventHub hub, long retryDelayNanos, int retries) {
        this.processes = processes;
        this.hub = hub;
        parked = new EventCache(processes, hub::publish, retryDelayNanos, retries, PARKED_MAX);
    }

    /** Takes part in the reader's rounds: parked events, the cache's collector, the clock. */
    public void schedule(RingReader reader, MonotonicClock clock, long collectNanos) {
        reader.every(this, TimeUnit.SECONDS.toNanos(1), clock::refresh);
        reader.every(this, collectNanos, processes::collect);
        reader.every(this, TimeUnit.SECONDS.toNanos(1), () -> {
            if (!parked.isEmpty()) {
                parked.retry(System.nanoTime());
                hub.wake();
            }
        });
    }

    /** Publishes an event. On the reader's thread. */
    public void publish(ProcessEvent event) {
        if (event.resolve(processes)) {
            hub.publish(event);
        } else if (processes.isEmpty()) {
            // No sensor observes processes: waiting would only delay the event.
            parked.giveUp(event);
        } else {
            parked.park(event, System.nanoTime());
        }
    }

    /** Looks at every parked event again. On the reader's thread. */
    public void retryParked() {
        parked.retryAll();
        hub.wake();
    }

    /** Publishes every parked event as it is, because the agent ends. On the reader's thread. */
    public void publishParked() {
        parked.giveUpAll();
        hub.wake();
    }

    /** Returns how many events had to wait. */
    public long parkedTotal() {
        return parked.parkedTotal();
    }

    /** Returns how many events went out without their process or parent. */
    public long incomplete() {
        return parked.incomplete();
    }
}
