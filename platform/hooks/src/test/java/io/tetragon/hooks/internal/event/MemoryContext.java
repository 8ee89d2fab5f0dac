// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.ProcessDescription;
import io.tetragon.api.process.ProcessFlags;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A platform without a kernel: a real process cache, a fixed clock, and everything that was published in a list. The
 * reader's thread is the test's: what other threads want of it is run by {@link #runReader}, what is periodic by
 * {@link #second}.
 */
final class MemoryContext implements SensorContext, Settings, KernelClock {
    /** What the time of day is ahead of the kernel's. */
    static final long EPOCH = 1_700_000_000_000_000_000L;
    static final String NODE = "node1";
    /** A process that the cache knows. */
    static final int PID = 77;
    static final long KTIME = 5_000_000_000L;

    final List<ProcessEvent> events = new ArrayList<>();
    final Map<String, Long> losses = new ConcurrentHashMap<>();
    private final Map<String, Object> flags = new HashMap<>(Map.of("enable-ancestors", List.of(),
            "expose-stack-addresses", false, "procfs", "/proc"));
    private final Queue<Runnable> forReader = new ConcurrentLinkedQueue<>();
    private final List<Runnable> periodic = new ArrayList<>();
    private final ProcessCache cache = new ProcessCache(
            new ProcessEncoding(NODE, false, false, new Namespaces(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
            UserNames.none(), 16 << 20, 1000);

    MemoryContext() {
        ProcessDescription process = new ProcessDescription();
        process.pid = PID;
        process.ktime = KTIME;
        process.startTimeNanos = KTIME + EPOCH;
        process.flags = ProcessFlags.EXECVE;
        process.binary = "/usr/bin/cat".getBytes(StandardCharsets.US_ASCII);
        cache.executed(process);
    }

    MemoryContext with(String flag, Object value) {
        flags.put(flag, value);
        return this;
    }

    /** Runs what was put off to the reader's thread. */
    void runReader() {
        for (Runnable task = forReader.poll(); task != null; task = forReader.poll()) {
            task.run();
        }
    }

    /** Lets a second pass. */
    void second() {
        periodic.forEach(Runnable::run);
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
        forReader.add(task);
    }

    @Override
    public void every(Duration period, Runnable task) {
        periodic.add(task);
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
        return ktime + EPOCH;
    }

    @Override
    public long boottimeToEpoch(long boottime) {
        return boottime + EPOCH;
    }

    @Override
    public String string(String flag) {
        return (String) value(flag);
    }

    @Override
    public boolean bool(String flag) {
        return (Boolean) value(flag);
    }

    @Override
    public long number(String flag) {
        return (Long) value(flag);
    }

    @Override
    public long size(String flag) {
        return (Long) value(flag);
    }

    @Override
    public Duration duration(String flag) {
        return (Duration) value(flag);
    }

    @Override
    public List<String> list(String flag) {
        return ((List<?>) value(flag)).stream().map(String.class::cast).toList();
    }

    private Object value(String flag) {
        Object value = flags.get(flag);
        if (value == null) {
            throw new IllegalArgumentException("no flag " + flag);
        }
        return value;
    }
}
