// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.ProcessDescription;
import io.tetragon.api.process.ProcessTable;
import io.tetragon.api.sensor.KernelClock;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.core.internal.cache.ProcessCache;
import io.tetragon.core.internal.cache.ProcessEncoding;
import io.tetragon.core.internal.cache.UserNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A platform whose reader's thread is the test's: a real process cache, and everything that was published in a list. */
final class TestContext implements SensorContext, Settings, KernelClock {
    static final String NODE = "node1";
    private static final long PATIENCE_SECONDS = 60;

    final List<ProcessEvent> events = new ArrayList<>();
    final Map<String, Long> losses = new ConcurrentHashMap<>();
    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final ProcessCache cache = new ProcessCache(
            new ProcessEncoding(NODE, false, false, new Namespaces(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
            UserNames.none(), 16 << 20, 1000);

    /** Enters a process. */
    void process(int pid, long ktime, int parentPid, long parentKtime, String binary) {
        ProcessDescription d = new ProcessDescription();
        d.pid = pid;
        d.ktime = ktime;
        d.parentPid = parentPid;
        d.parentKtime = parentKtime;
        d.binary = binary.getBytes(StandardCharsets.UTF_8);
        d.cwd = "/".getBytes(StandardCharsets.UTF_8);
        cache.executed(d);
    }

    /** Does what the reader is asked to, until something is so. */
    void readUntil(BooleanSupplier done) throws InterruptedException {
        while (!done.getAsBoolean()) {
            Runnable task = tasks.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (task == null) {
                throw new AssertionError("nothing came any more; events: " + lines());
            }
            task.run();
        }
    }

    /** Returns the events as JSON. */
    List<String> lines() {
        return events.stream().map(event -> {
            JsonWriter out = new JsonWriter(1024);
            event.writeJson(out);
            return out.toString();
        }).toList();
    }

    @Override
    public Node node() {
        return new Node(NODE, "");
    }

    @Override
    public Settings settings() {
        return this;
    }

    @Override
    public KernelFeatures kernel() {
        throw new UnsupportedOperationException("there is no kernel here");
    }

    @Override
    public ProcessTable processes() {
        return cache;
    }

    @Override
    public KernelClock clock() {
        return this;
    }

    @Override
    public void publish(ProcessEvent event) {
        event.resolve(cache);
        events.add(event);
    }

    @Override
    public void retryParked() {
        events.forEach(event -> event.resolve(cache));
    }

    @Override
    public void onReader(Runnable task) {
        tasks.add(task);
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
        losses.merge(reason, count, Long::sum);
    }

    @Override
    public long monotonicToEpoch(long ktime) {
        return ktime;
    }

    @Override
    public long boottimeToEpoch(long boottime) {
        return boottime;
    }

    @Override
    public String string(String flag) {
        return "/proc";
    }

    @Override
    public boolean bool(String flag) {
        return false;
    }

    @Override
    public long number(String flag) {
        return 0;
    }

    @Override
    public long size(String flag) {
        return 0;
    }

    @Override
    public Duration duration(String flag) {
        return Duration.ZERO;
    }

    @Override
    public List<String> list(String flag) {
        return List.of();
    }
}
