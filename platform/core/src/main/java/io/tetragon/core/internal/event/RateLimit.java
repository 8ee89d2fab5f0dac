// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import io.tetragon.api.Node;
import io.tetragon.api.event.Event;
import io.tetragon.api.sensor.KernelClock;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A token bucket of so many events a minute, with a report of what it kept out. Used by one thread. */
final class RateLimit {
    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private final Node node;
    private final KernelClock clock;
    private final long perMinute;
    private final LongSupplier nanoTime;
    private double tokens;
    private long refilled;
    private long reported;
    private long dropped;

    RateLimit(Node node, KernelClock clock, int perMinute) {
        this(node, clock, perMinute, System::nanoTime);
    }

    /** @param nanoTime a clock that does not jump */
    RateLimit(Node node, KernelClock clock, int perMinute, LongSupplier nanoTime) {
        this.node = node;
        this.clock = clock;
        this.perMinute = perMinute;
        this.nanoTime = nanoTime;
        tokens = perMinute;
        refilled = nanoTime.getAsLong();
        reported = refilled;
    }

    boolean admit() {
        long now = nanoTime.getAsLong();
        tokens = Math.min(perMinute, tokens + (double) (now - refilled) * perMinute / MINUTE);
        refilled = now;
        if (tokens < 1) {
            dropped++;
            return false;
        }
        tokens--;
        return true;
    }

    /** Returns the event that tells of the last minute's losses, null before the minute is over or if there were none. */
    @Nullable Event report() {
        long now = nanoTime.getAsLong();
        if (dropped == 0 || now - reported < MINUTE) {
            return null;
        }
        Event event = new RateLimitEvent(node, clock.monotonicToEpoch(now), dropped);
        reported = now;
        dropped = 0;
        return event;
    }
}
