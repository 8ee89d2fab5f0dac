// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.provisioning;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.core.BundleControl;
import io.tetragon.core.SensorManager;
import io.tetragon.core.SensorStatus;
import io.tetragon.core.SensorStatus.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A sensor manager in memory with the threading of the real one: one control thread, on which every change happens. */
final class ControlThreadManager implements SensorManager, AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final BundleControl bundles;
    private volatile Thread controlThread;
    private final ExecutorService control = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "control");
        thread.setDaemon(true);
        controlThread = thread;
        return thread;
    });
    private final Map<String, SensorStatus> states = new TreeMap<>();
    private final List<String> calls = new ArrayList<>();

    ControlThreadManager(BundleControl bundles) {
        this.bundles = bundles;
    }

    /** Waits until the sensor's state is as wanted, or fails with what it was instead. */
    SensorStatus await(String sensor, Predicate<SensorStatus> wanted) throws InterruptedException {
        synchronized (states) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!states.containsKey(sensor) || !wanted.test(states.get(sensor))) {
                patience(end);
            }
            return states.get(sensor);
        }
    }

    SensorStatus await(String sensor, State state) throws InterruptedException {
        return await(sensor, status -> status.state() == state);
    }

    void awaitGone(String sensor) throws InterruptedException {
        synchronized (states) {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (states.containsKey(sensor)) {
                patience(end);
            }
        }
    }

    private void patience(long end) throws InterruptedException {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
            throw new AssertionError("instead: " + states + " after " + calls);
        }
        states.wait(left);
    }

    List<String> calls() {
        synchronized (states) {
            return List.copyOf(calls);
        }
    }

    @Override
    public List<SensorStatus> list() {
        synchronized (states) {
            return List.copyOf(states.values());
        }
    }

    @Override
    public void enable(String name) throws TetragonException {
        onControl(() -> {
            bundles.start(name);
            return null;
        });
    }

    @Override
    public void disable(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void remove(String name) throws TetragonException {
        onControl(() -> {
            bundles.uninstall(name);
            return null;
        });
    }

    @Override
    public void bundleInstalled(String sensor, String bundle, State state, List<String> sections) {
        change("installed " + sensor + (sections.isEmpty() ? "" : " for " + sections), sensor,
                new SensorStatus(sensor, state, "", bundle));
    }

    @Override
    public void bundleFailed(String sensor, String bundle, String reason) {
        change("failed " + sensor, sensor, new SensorStatus(sensor, State.ERROR, reason, bundle));
    }

    @Override
    public void bundleGone(String sensor) {
        synchronized (states) {
            calls.add("gone " + sensor);
            states.remove(sensor);
            states.notifyAll();
        }
    }

    @Override
    public void add(Sensor sensor) {
        quietly(() -> change("add " + sensor.name(), sensor.name(),
                new SensorStatus(sensor.name(), State.ATTACHED, "", "")));
    }

    @Override
    public void remove(Sensor sensor) {
        quietly(() -> change("remove " + sensor.name(), sensor.name(),
                new SensorStatus(sensor.name(), State.STARTED, "", "")));
    }

    @Override
    public void close() {
        control.shutdownNow();
    }

    private void change(String call, String sensor, SensorStatus status) {
        synchronized (states) {
            calls.add(call);
            states.put(sensor, status);
            states.notifyAll();
        }
    }

    private void quietly(Runnable task) {
        try {
            onControl(() -> {
                task.run();
                return null;
            });
        } catch (TetragonException e) {
            throw new IllegalStateException(e);
        }
    }

    private void onControl(Callable<Void> task) throws TetragonException {
        try {
            if (Thread.currentThread() == controlThread) {
                task.call();
            } else {
                control.submit(task).get();
            }
        } catch (Exception e) {
            Throwable cause = e instanceof java.util.concurrent.ExecutionException ? e.getCause() : e;
            if (cause instanceof TetragonException failure) {
                throw failure;
            }
            throw new IllegalStateException(e);
        }
    }
}
