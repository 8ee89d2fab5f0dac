// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.ProcessTable;
import io.tetragon.api.sensor.KernelClock;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.KernelFeatures;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The platform as one sensor sees it. */
final class PlatformSensorContext implements SensorContext {
    private static final Duration SHORTEST = Duration.ofMillis(10);

    private final Platform platform;
    private final String sensor;
    private final Consumer<Throwable> onFailure;
    private final LoadedObjects objects;
    /** Publishes the objects to the reader's thread. */
    private volatile boolean loaded;
    /** Whether one of the sensor's tasks threw what it should not. Reader's thread only. */
    private boolean failed;

    /**
     * @param objects the sensor's, complete when {@link #loaded} is called
     * @param onFailure told, on the reader's thread, what a task of the sensor threw
     */
    PlatformSensorContext(Platform platform, String sensor, LoadedObjects objects, Consumer<Throwable> onFailure) {
        this.platform = platform;
        this.sensor = sensor;
        this.objects = objects;
        this.onFailure = onFailure;
    }

    /** All objects are loaded. */
    void loaded() {
        loaded = true;
    }

    /** Ends what {@link #every} began. */
    void cancel() {
        platform.reader().cancel(this);
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
        platform.reader().execute(guarded(task));
    }

    @Override
    public void every(Duration period, Runnable task) {
        Duration used = period.compareTo(SHORTEST) < 0 ? SHORTEST : period;
        platform.reader().every(this, used.toNanos(), guarded(task));
    }

    @Override
    public @Nullable BpfMap map(String name) {
        if (!loaded) {
            return null;
        }
        BpfMap own = objects.map(name);
        return own != null || !platform.maps().names().contains(name) ? own : platform.maps().map(name);
    }

    @Override
    public void countLoss(String reason, long count) {
        platform.losses().add(sensor, reason, count);
    }

    /** After a failure the sensor is on its way out: what else it wanted to do is left, not logged again and again. */
    private Runnable guarded(Runnable task) {
        return () -> {
            if (failed) {
                return;
            }
            try {
                task.run();
            } catch (RuntimeException | Error e) {
                failed = true;
                onFailure.accept(e);
            }
        };
    }
}
