// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.ProcessTable;
import io.tetragon.api.sensor.KernelClock;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.core.internal.cache.ProcessCache;
import io.tetragon.core.internal.cache.ProcessEncoding;
import io.tetragon.core.internal.cache.UserNames;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A platform without a kernel: a real process cache, a fixed clock, and everything that was published in a list. */
final class MemoryContext implements SensorContext, Settings, KernelClock {
    /** What the time of day is ahead of the kernel's. */
    static final long EPOCH = 1_700_000_000_000_000_000L;
    static final String NODE = "node1";

    final List<ProcessEvent> events = new ArrayList<>();
    final Map<String, Long> losses = new HashMap<>();
    /** What else happens on the machine behind each task of the reader. */
    Runnable meanwhile = () -> {};
    private final Map<String, Object> flags = new HashMap<>(Map.of("enable-process-cred", true,
            "enable-ancestors", List.of(), "enable-process-environment-variables", true,
            "filter-environment-variables", List.of()));
    private final ProcessCache cache;

    /**
     * @param procfs folder in place of procfs
     * @param details whether events show credentials and namespaces
     */
    MemoryContext(Path procfs, boolean details) {
        flags.put("procfs", procfs.toString());
        cache = new ProcessCache(
                new ProcessEncoding(NODE, details, details, new Namespaces(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)),
                UserNames.none(), 16 << 20, 1000);
    }

    MemoryContext with(String flag, Object value) {
        flags.put(flag, value);
        return this;
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
        task.run();
        meanwhile.run();
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
