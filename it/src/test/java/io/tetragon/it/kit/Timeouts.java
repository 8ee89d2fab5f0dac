// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * How long a test waits before it calls something missing. Generous on purpose: they bound a failing run and
 * never say anything about speed. The property {@code tetragon.it.slowness} stretches all of them, for emulated
 * machines.
 */
public final class Timeouts {
    private static final int SLOWNESS = Integer.getInteger("tetragon.it.slowness", 1);
    private static final Duration POLL = Duration.ofMillis(SLOWNESS > 1 ? 50 : 5);

    private Timeouts() {}

    /** Whether this is an emulated machine, on which the amount of work must be small. */
    public static boolean isSlow() {
        return SLOWNESS > 1;
    }

    /** From start to the agent's word that events flow. */
    public static Duration start() {
        return scaled(30);
    }

    /** From SIGTERM to the end of the process. */
    public static Duration stop() {
        return scaled(15);
    }

    /** From an action to its last event in the export file. */
    public static Duration event() {
        return SLOWNESS > 1 ? Duration.ofMinutes(2) : Duration.ofSeconds(10);
    }

    /**
     * For an event that the agent held back to complete it, once all others are there. The agent counts this in
     * seconds of the clock, on a slow machine too.
     */
    public static Duration late() {
        return Duration.ofSeconds(SLOWNESS > 1 ? 15 : 5);
    }

    /** For an action itself. */
    public static Duration action() {
        return scaled(60);
    }

    /** Returns as soon as {@code condition} holds (true) or once {@code limit} has passed (false). */
    public static boolean await(Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
        return true;
    }

    private static Duration scaled(int seconds) {
        return Duration.ofSeconds((long) seconds * SLOWNESS);
    }
}
