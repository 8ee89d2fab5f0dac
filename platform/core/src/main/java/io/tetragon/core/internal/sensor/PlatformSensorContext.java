// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.ProcessTable;
import io.tetragon.api.sensor.KernelClock;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.KernelFeatures;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The platform as one sensor sees it. */
final class PlatformSensorContext implements SensorContext {
    private static final Duration SHORTEST = Duration.ofMillis(10);

    private final Platform platform;
    private final String sensor;
    private volatile @Nullable BpfObject object;

    PlatformSensorContext(Platform platform, String sensor) {
        this.platform = platform;
        this.sensor = sensor;
    }

    void object(BpfObject loaded) {
        object = loaded;
    }

    @Override
    public Node node() {
        return platform.node();
    }

    @Override
    public Settings settings() {
        return platform.settings();
    }

    @Override
    public KernelFeatures kernel() {
        return platform.kernel();
    }

    @Override
    public ProcessTable processes() {
        return platform.processes();
    }

    @Override
    public KernelClock clock() {
        return platform.clock();
    }

    @Override
    public void publish(ProcessEvent event) {
        platform.pipeline().publish(event);
    }

    @Override
    public void retryParked() {
        platform.pipeline().retryParked();
    }

    @Override
    public void onReader(Runnable task) {
        platform.reader().execute(task);
    }

    @Override
    public void every(Duration period, Runnable task) {
        Duration used = period.compareTo(SHORTEST) < 0 ? SHORTEST : period;
        platform.reader().every(this, used.toNanos(), task);
    }

    @Override
    public @Nullable BpfMap map(String name) {
        BpfObject loaded = object;
        return loaded != null && loaded.hasMap(name) ? loaded.map(name) : null;
    }

    @Override
    public void countLoss(String reason, long count) {
        platform.losses().add(sensor, reason, count);
    }
}
