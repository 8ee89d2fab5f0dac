// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.cgrouprate.internal;

import io.tetragon.api.EventRate;
import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.ProcessTable;
import io.tetragon.api.sensor.KernelClock;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.KernelFeatures;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A platform without a kernel: one flag, a clock that is ten seconds ahead, and what was published in a list. */
final class TestContext implements SensorContext, Settings, KernelClock {
    static final long AHEAD = 10_000_000_000L;

    final List<Event> events = new ArrayList<>();
    private final EventRate limit;

    TestContext(EventRate limit) {
        this.limit = limit;
    }

    /** Returns the events as JSON and forgets them. */
    List<String> lines() {
        List<String> lines = events.stream().map(event -> {
            JsonWriter out = new JsonWriter(256);
            event.writeJson(out);
            return out.toString();
        }).toList();
        events.clear();
        return lines;
    }

    @Override
    public Node node() {
        return new Node("n", "");
    }

    @Override
    public Settings settings() {
        return this;
    }

    @Override
    public EventRate rate(String flag) {
        return limit;
    }

    @Override
    public KernelClock clock() {
        return this;
    }

    @Override
    public long monotonicToEpoch(long ktime) {
        return ktime + AHEAD;
    }

    @Override
    public void publish(ProcessEvent event) {
        events.add(event);
    }

    @Override
    public KernelFeatures kernel() {
        throw new UnsupportedOperationException("there is no kernel here");
    }

    @Override
    public ProcessTable processes() {
        throw new UnsupportedOperationException("no event is about a process");
    }

    @Override
    public long boottimeToEpoch(long boottime) {
        throw new UnsupportedOperationException("no time is since boot");
    }

    @Override
    public void retryParked() {
        throw new UnsupportedOperationException("nothing waits");
    }

    @Override
    public void onReader(Runnable task) {
        task.run();
    }

    @Override
    public void every(Duration period, Runnable task) {
        throw new UnsupportedOperationException("time does not pass here");
    }

    @Override
    public @Nullable BpfMap map(String name) {
        return null;
    }

    @Override
    public void countLoss(String reason, long count) {
        throw new UnsupportedOperationException("the programs count");
    }

    @Override
    public String string(String flag) {
        throw new IllegalArgumentException("no flag " + flag);
    }

    @Override
    public boolean bool(String flag) {
        throw new IllegalArgumentException("no flag " + flag);
    }

    @Override
    public long number(String flag) {
        throw new IllegalArgumentException("no flag " + flag);
    }

    @Override
    public long size(String flag) {
        throw new IllegalArgumentException("no flag " + flag);
    }

    @Override
    public Duration duration(String flag) {
        throw new IllegalArgumentException("no flag " + flag);
    }

    @Override
    public List<String> list(String flag) {
        throw new IllegalArgumentException("no flag " + flag);
    }
}
