// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Rotates a file at an interval, also while no events come. Safe for use by any thread. */
final class RotationTimer implements AutoCloseable {
    private final ScheduledThreadPoolExecutor clock;
    private final Runnable rotate;
    private @Nullable ScheduledFuture<?> ticks;

    RotationTimer(Runnable rotate) {
        this.rotate = rotate;
        clock = new ScheduledThreadPoolExecutor(1, RotationTimer::thread);
        clock.setRemoveOnCancelPolicy(true);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "export-json-rotation");
        thread.setDaemon(true);
        return thread;
    }

    /** Begins a new interval; zero stops the timer. Its thread exists from the first interval on. */
    synchronized void every(Duration interval) {
        ScheduledFuture<?> old = ticks;
        if (old != null) {
            old.cancel(false);
        }
        ticks = interval.isZero()
                ? null
                : clock.scheduleAtFixedRate(rotate, nanos(interval), nanos(interval), TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }

    /** Durations of more than 292 years do not fit. */
    private static long nanos(Duration interval) {
        try {
            return interval.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE / 2;
        }
    }
}
