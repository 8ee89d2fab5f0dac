// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Losses that sensors found, by sensor and reason. Safe for use by any thread. */
public final class Losses {
    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    /** Counts a loss. */
    public void add(String sensor, String reason, long count) {
        counts.computeIfAbsent(sensor + '/' + reason, key -> new LongAdder()).add(count);
    }

    /** Returns the counts of this moment by {@code sensor/reason}. */
    public Map<String, Long> snapshot() {
        Map<String, Long> snapshot = new TreeMap<>();
        counts.forEach((key, count) -> snapshot.put(key, count.sum()));
        return snapshot;
    }
}
