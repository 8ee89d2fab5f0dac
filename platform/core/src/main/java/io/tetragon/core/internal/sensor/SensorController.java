// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.core.BundleControl;
import io.tetragon.core.SensorManager;
import io.tetragon.core.SensorStatus;
import io.tetragon.core.SensorStatus.State;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The sensor manager. All changes happen on the control thread, one behind the other; {@link #list} reads a snapshot that
 * each change replaces. Bundles are started and uninstalled on the caller's thread between two changes: that takes locks of
 * the framework, whose holder may be waiting for the control thread.
 */
public final class SensorController implements SensorManager, AutoCloseable {
    private static final Log LOG = Log.of(SensorController.class);

    /** What is known of one sensor. Control thread only. */
    private static final class Entry {
        String bundle = "";
        State state = State.INSTALLED;
        String reason = "";
        @Nullable Sensor sensor;
        @Nullable LoadedSensor loaded;
    }

    private final Platform platform;
    private final BundleControl bundles;
    private final Runnable onAttached;
    private final Map<String, Entry> entries = new TreeMap<>();
    /** Stays with the name, for a bundle that is replaced is not one that a user enabled. Control thread only. */
    private final Set<String> disabledByUser = new HashSet<>();
    private final ExecutorService control;
    private volatile @Nullable Thread controlThread;
    /** Control thread only. */
    private boolean ending;
    private volatile List<SensorStatus> snapshot = List.of();

    /**
     * @param bundles owner of the bundles, asked to start and uninstall them
     * @param onAttached run on the control thread behind each sensor that was attached: it may have filled the process map
     */
    public SensorController(Platform platform, BundleControl bundles, Runnable onAttached) {
        this.platform = platform;
        this.bundles = bundles;
        this.onAttached = onAttached;
        control = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "sensor-control");
            thread.setDaemon(true);
            controlThread = thread;
            return thread;
        });
    }

    @Override
    public List<SensorStatus> list() {
        return snapshot;
    }

    @Override
    public void enable(String name) throws TetragonException {
        boolean[] start = new boolean[1];
        change(() -> {
            Entry entry = find(name);
            disabledByUser.remove(name);
            start[0] = entry.sensor == null;
            return null;
        });
        if (start[0]) {
            start(name);
        }
        change(() -> {
            Entry entry = find(name);
            boolean tried = start[0] && entry.state == State.ERROR;
            if (entry.loaded == null && !disabledByUser.contains(name) && !tried) {
                load(name, entry);
            }
            if (entry.state == State.ERROR) {
                throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "enable sensor " + name,
                        entry.reason, "");
            }
            return null;
        });
    }

    @Override
    public void disable(String name) throws TetragonException {
        change(() -> {
            Entry entry = find(name);
            disabledByUser.add(name);
            unload(name, entry);
            entry.state = State.DISABLED;
            entry.reason = "";
            return null;
        });
    }

    @Override
    public void remove(String name) throws TetragonException {
        change(() -> {
            unload(name, find(name));
            return null;
        });
        bundles.uninstall(name);
        change(() -> {
            entries.remove(name);
            disabledByUser.remove(name);
            return null;
        });
    }

    @Override
    public void bundleInstalled(String sensor, String bundle, State state) {
        changeQuietly(() -> {
            Entry entry = entries.computeIfAbsent(sensor, key -> new Entry());
            entry.bundle = bundle;
            if (entry.sensor == null) {
                entry.state = disabledByUser.contains(sensor) ? State.DISABLED : state;
                entry.reason = "";
            }
            return null;
        });
    }

    @Override
    public void bundleFailed(String sensor, String bundle, String reason) {
        changeQuietly(() -> {
            Entry entry = entries.computeIfAbsent(sensor, key -> new Entry());
            entry.bundle = bundle;
            fail(sensor, entry, reason);
            return null;
        });
    }

    @Override
    public void bundleGone(String sensor) {
        changeQuietly(() -> {
            Entry entry = entries.remove(sensor);
            if (entry != null) {
                unload(sensor, entry);
            }
            return null;
        });
    }

    @Override
    public void add(Sensor sensor) {
        changeQuietly(() -> {
            Entry entry = entries.computeIfAbsent(sensor.name(), key -> new Entry());
            unload(sensor.name(), entry);
            entry.sensor = sensor;
            boolean disabled = disabledByUser.contains(sensor.name());
            entry.state = disabled ? State.DISABLED : State.STARTED;
            if (!disabled) {
                load(sensor.name(), entry);
            }
            return null;
        });
    }

    @Override
    public void remove(Sensor sensor) {
        changeQuietly(() -> {
            Entry entry = entries.get(sensor.name());
            if (entry != null && entry.sensor == sensor) {
                unload(sensor.name(), entry);
                entry.sensor = null;
                if (entry.state != State.ERROR && entry.state != State.DISABLED) {
                    entry.state = State.RESOLVED;
                }
            }
            return null;
        });
    }

    /** A decoder threw what it should not: its sensor is detached, the agent lives on. For any thread; does not wait. */
    public void decoderFailed(int opcode, Throwable cause) {
        failed((sensor, loaded) -> loaded.decodes(opcode), "its decoder of opcode " + opcode, cause);
    }

    /** A task that a sensor has the reader run threw what it should not. For any thread; does not wait. */
    private void taskFailed(Sensor failing, Throwable cause) {
        failed((sensor, loaded) -> sensor == failing, "its task on the reader's thread", cause);
    }

    private void failed(BiPredicate<@Nullable Sensor, LoadedSensor> which, String what, Throwable cause) {
        try {
            control.execute(() -> {
                entries.forEach((name, entry) -> {
                    LoadedSensor loaded = entry.loaded;
                    if (loaded != null && which.test(entry.sensor, loaded)) {
                        LOG.defect(cause, "sensor failed", "sensor", name, "part", what, "reason", cause.toString());
                        unload(name, entry);
                        fail(name, entry, what + " failed: " + cause);
                    }
                });
                publish();
            });
        } catch (RejectedExecutionException e) {
            LOG.defect(cause, "sensor failed while the agent shuts down", "part", what, "reason", cause.toString());
        }
    }

    /** Detaches every sensor, for good: those that come later are not loaded any more. */
    public void detachAll() {
        changeQuietly(() -> {
            ending = true;
            entries.forEach(this::unload);
            return null;
        });
    }

    /** Ends the control thread; every sensor must be detached. */
    @Override
    public void close() {
        control.shutdown();
        try {
            if (!control.awaitTermination(1, TimeUnit.SECONDS)) {
                LOG.warn("control thread did not end in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void start(String name) throws TetragonException {
        try {
            bundles.start(name);
        } catch (TetragonException e) {
            changeQuietly(() -> {
                Entry entry = entries.get(name);
                if (entry != null && entry.sensor == null) {
                    fail(name, entry, e.getMessage());
                }
                return null;
            });
            throw e;
        }
    }

    private void load(String name, Entry entry) {
        Sensor sensor = entry.sensor;
        if (sensor == null || ending) {
            return;
        }
        long began = System.nanoTime();
        try {
            entry.loaded = LoadedSensor.load(platform, sensor, cause -> taskFailed(sensor, cause));
            entry.state = State.ATTACHED;
            entry.reason = "";
            LOG.info("sensor attached", "sensor", name, "bundle", entry.bundle, "milliseconds",
                    (System.nanoTime() - began) / 1_000_000);
            onAttached.run();
        } catch (TetragonException e) {
            fail(name, entry, e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.defect(e, "sensor failed to load", "sensor", name, "reason", e.toString());
            fail(name, entry, e.toString());
        }
    }

    private void unload(String name, Entry entry) {
        LoadedSensor loaded = entry.loaded;
        if (loaded == null) {
            return;
        }
        entry.loaded = null;
        entry.state = State.STARTED;
        loaded.close();
        LOG.info("sensor detached", "sensor", name, "bundle", entry.bundle);
    }

    private void fail(String name, Entry entry, String text) {
        String reason = text.replaceAll("\\s*\\R\\s*", " ");
        entry.state = State.ERROR;
        entry.reason = reason;
        LOG.error("sensor is not usable", "sensor", name, "bundle", entry.bundle, "reason", reason);
    }

    private Entry find(String name) throws TetragonException {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new TetragonException(TetragonException.Kind.NOT_FOUND, "sensor " + name, "there is none of this name",
                    entries.isEmpty() ? "put a sensor bundle into the sensors folder"
                            : "sensors: " + String.join(", ", entries.keySet()));
        }
        return entry;
    }

    private void changeQuietly(Callable<@Nullable Void> change) {
        try {
            change(change);
        } catch (TetragonException e) {
            LOG.error("change of a sensor failed", "reason", e.getMessage());
        }
    }

    /** Runs a change on the control thread; from that thread itself, at once: a sensor may ask for changes. */
    private void change(Callable<@Nullable Void> change) throws TetragonException {
        if (Thread.currentThread() == controlThread) {
            try {
                change.call();
            } catch (TetragonException e) {
                throw e;
            } catch (Exception e) {
                throw unexpected(e);
            } finally {
                publish();
            }
            return;
        }
        try {
            control.submit(() -> {
                try {
                    return change.call();
                } finally {
                    publish();
                }
            }).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TetragonException known) {
                throw known;
            }
            throw unexpected(e.getCause());
        } catch (RejectedExecutionException e) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "change a sensor",
                    "the agent is shutting down", "");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TetragonException(TetragonException.Kind.INTERNAL, "change a sensor", "interrupted", "try again");
        }
    }

    private static TetragonException unexpected(@Nullable Throwable cause) {
        return new TetragonException(TetragonException.Kind.INTERNAL, "change a sensor", String.valueOf(cause),
                "this is a defect; the debug log has more", cause);
    }

    private void publish() {
        snapshot = entries.entrySet().stream()
                .map(e -> new SensorStatus(e.getKey(), e.getValue().state, e.getValue().reason, e.getValue().bundle))
                .toList();
    }
}
