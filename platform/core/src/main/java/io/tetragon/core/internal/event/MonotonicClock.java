// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import io.tetragon.api.sensor.KernelClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/**
 * Converts kernel time by the differences between the clocks, measured anew each second because the time of day may be
 * set and the machine may sleep. {@link System#nanoTime} is {@code CLOCK_MONOTONIC} on Linux, as is what BPF programs see.
 */
public final class MonotonicClock implements KernelClock {
    private final Path uptime;
    private volatile long monotonicOffset;
    private volatile long boottimeOffset;

    /** @param procfs mount point of procfs */
    public MonotonicClock(Path procfs) {
        uptime = procfs.resolve("uptime");
        refresh();
        long boot = boottime();
        boottimeOffset = boot == 0 ? monotonicOffset : epoch() - boot;
    }

    @Override
    public long monotonicToEpoch(long ktime) {
        return ktime + monotonicOffset;
    }

    @Override
    public long boottimeToEpoch(long boottime) {
        return boottime + boottimeOffset;
    }

    /** Measures the difference again. The smallest of three guards against a pause between the two readings. */
    public void refresh() {
        long best = Long.MAX_VALUE;
        long offset = 0;
        for (int i = 0; i < 3; i++) {
            long before = System.nanoTime();
            long now = epoch();
            long after = System.nanoTime();
            if (after - before < best) {
                best = after - before;
                offset = now - (before + (after - before) / 2);
            }
        }
        monotonicOffset = offset;
    }

    private static long epoch() {
        Instant now = Instant.now();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    /** Nanoseconds since boot, with suspended time, in steps of 10 ms; 0 where /proc does not tell. */
    private long boottime() {
        try {
            String text = Files.readString(uptime);
            int space = text.indexOf(' ');
            int dot = text.indexOf('.');
            long seconds = Long.parseLong(text.substring(0, dot));
            return seconds * 1_000_000_000L + Long.parseLong(text.substring(dot + 1, space)) * 10_000_000L;
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }
}
