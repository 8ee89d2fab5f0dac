// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.core.SensorStatus;
import io.tetragon.core.SensorStatus.State;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The last known state of every sensor, and a place to wait for one to arrive. Safe for use by any thread. */
final class Arrivals {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private volatile List<SensorStatus> snapshot = List.of();

    List<SensorStatus> snapshot() {
        return snapshot;
    }

    synchronized void publish(List<SensorStatus> states) {
        snapshot = states;
        notifyAll();
    }

    /**
     * Waits until a sensor whose bundle was started is there or has failed, for ten seconds at most: another thread may be
     * starting the same bundle, and then the service comes when that one is done.
     */
    synchronized void await(String sensor) {
        long until = System.nanoTime() + PATIENCE_NANOS;
        for (long left = PATIENCE_NANOS; left > 0 && isComing(sensor); left = until - System.nanoTime()) {
            try {
                wait(TimeUnit.NANOSECONDS.toMillis(left) + 1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private boolean isComing(String sensor) {
        return snapshot.stream().anyMatch(status -> status.name().equals(sensor)
                && (status.state() == State.RESOLVED || status.state() == State.INSTALLED));
    }
}
