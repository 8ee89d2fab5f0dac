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
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The sensor manager. All changes happen on the control thread, one behind the other; {@link #list} reads a snapshot that
 * each change replaces. Bundles are started, stopped and uninstalled on the caller's thread between two changes: that takes
 * locks of the framework, whose holder may be waiting for the control thread.
 */
public final class SensorController implements SensorManager {
    private static final Log LOG = Log.of(SensorController.class);

    private static final String CHANGE = "change a sensor";

    /** What is known of one sensor. Control thread only. */
    private static final class Entry {
        String bundle = "";
        List<String> sections = List.of();
        State state = State.INSTALLED;
        String reason = "";
        @Nullable Sensor sensor;
        @Nullable LoadedSensor loaded;
    }

    private final Platform platform;
    private final BundleControl bundles;
    private final Runnable onAttached;
    private final ControlThread control;
    private final Map<String, Entry> entries = new TreeMap<>();
    /** Stays with the name, for a bundle that is replaced is not one that a user enabled. Control thread only. */
    private final Set<String> disabledByUser = new HashSet<>();
    /** These run on when no policy needs them. Control thread only. */
    private final Set<String> enabledByUser = new HashSet<>();
    private final Arrivals arrivals = new Arrivals();
    private SensorUsers users = SensorUsers.NONE;
    /** Control thread only. */
    private boolean ending;

    /**
     * @param bundles owner of the bundles, asked to start, stop and uninstall them
     * @param onAttached run on the control thread behind each sensor that was attached: it may have filled the process map
     */
    public SensorController(Platform platform, BundleControl bundles, ControlThread control, Runnable onAttached) {
        this.platform = platform;
        this.bundles = bundles;
        this.control = control;
        this.onAttached = onAttached;
    }

    /** Sets who is told what sensors come and go; before the first change. */
    public void users(SensorUsers told) {
        users = told;
    }

    @Override
    public List<SensorStatus> list() {
        return arrivals.snapshot();
    }

    @Override
    public void enable(String name) throws TetragonException {
        boolean start = change(() -> {
            Entry entry = find(name);
            disabledByUser.remove(name);
            enabledByUser.add(name);
            return entry.sensor == null;
        });
        if (start) {
            startBundle(name);
        }
        change(() -> {
            Entry entry = find(name);
            boolean tried = start && entry.state == State.ERROR;
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
            enabledByUser.remove(name);
            unload(name, entry, "it was disabled");
            entry.state = State.DISABLED;
            entry.reason = "";
            return null;
        });
    }

    @Override
    public void remove(String name) throws TetragonException {
        change(() -> {
            unload(name, find(name), "it was removed");
            return null;
        });
        bundles.uninstall(name);
        change(() -> {
            entries.remove(name);
            disabledByUser.remove(name);
            enabledByUser.remove(name);
            return null;
        });
    }

    @Override
    public void bundleInstalled(String sensor, String bundle, State state, List<String> sections) {
        boolean[] start = new boolean[1];
        changeQuietly(() -> {
            Entry entry = entries.computeIfAbsent(sensor, key -> new Entry());
            entry.bundle = bundle;
            entry.sections = List.copyOf(sections);
            boolean disabled = disabledByUser.contains(sensor);
            if (entry.sensor == null) {
                entry.state = disabled ? State.DISABLED : state;
                entry.reason = "";
                start[0] = !disabled && !ending && state == State.RESOLVED && users.wants(sensor);
            }
            return null;
        });
        if (start[0]) {
            try {
                startBundle(sensor);
            } catch (TetragonException e) {
                LOG.debug("sensor that policies wait for is not started", "sensor", sensor, "reason", e.getMessage());
            }
        }
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
            Entry entry = entries.get(sensor);
            if (entry != null) {
                unload(sensor, entry, "its bundle was removed");
                entries.remove(sensor);
            }
            return null;
        });
    }

    @Override
    public void add(Sensor sensor) {
        changeQuietly(() -> {
            Entry entry = entries.computeIfAbsent(sensor.name(), key -> new Entry());
            unload(sensor.name(), entry, "another bundle took its place");
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
                unload(sensor.name(), entry, "its bundle was stopped");
                entry.sensor = null;
                if (entry.state != State.ERROR && entry.state != State.DISABLED) {
                    entry.state = State.RESOLVED;
                }
            }
            return null;
        });
    }

    /** Returns the sensor that announces a section of policies, null if none does. Control thread only. */
    public @Nullable String providerOf(String section) {
        for (Map.Entry<String, Entry> entry : entries.entrySet()) {
            if (entry.getValue().sections.contains(section)) {
                return entry.getKey();
            }
        }
        return null;
    }

    /** Returns a sensor whose programs are attached, or says why they are not. Control thread only. */
    public LoadedSensor require(String name) throws TetragonException {
        Entry entry = find(name);
        LoadedSensor loaded = entry.loaded;
        if (loaded != null) {
            return loaded;
        }
        String why = switch (entry.state) {
            case DISABLED -> "it is disabled";
            case ERROR -> entry.reason;
            default -> "its bundle is not started";
        };
        throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "use sensor " + name, why,
                "see tetra sensors list, then tetra sensors enable " + name);
    }

    /**
     * Has the bundle of a sensor started for a policy, unless it runs already, and waits until the sensor is there. For any
     * thread but the control thread.
     */
    public void acquire(String name) throws TetragonException {
        boolean start = change(() -> {
            Entry entry = find(name);
            return entry.sensor == null && entry.state != State.DISABLED;
        });
        if (start) {
            startBundle(name);
            arrivals.await(name);
        }
    }

    /** Has the bundle of a sensor stopped that no policy uses any more. For any thread but the control thread. */
    public void release(String name) {
        try {
            boolean stop = change(() -> {
                Entry entry = entries.get(name);
                return entry != null && entry.sensor != null && !enabledByUser.contains(name) && !users.wants(name);
            });
            if (stop) {
                bundles.stop(name);
            }
        } catch (TetragonException e) {
            LOG.warn("sensor that no policy uses is not stopped", "sensor", name, "reason", e.getMessage());
        }
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
        control.post(() -> {
            entries.forEach((name, entry) -> {
                LoadedSensor loaded = entry.loaded;
                if (loaded != null && which.test(entry.sensor, loaded)) {
                    LOG.defect(cause, "sensor failed", "sensor", name, "part", what, "reason", cause.toString());
                    String reason = what + " failed: " + cause;
                    unload(name, entry, reason);
                    fail(name, entry, reason);
                }
            });
            publish();
        });
    }

    /** Detaches every sensor, for good: those that come later are not loaded any more. */
    public void detachAll() {
        changeQuietly(() -> {
            ending = true;
            entries.forEach((name, entry) -> unload(name, entry, "the agent is shutting down"));
            return null;
        });
    }

    /**
     * Forgets every sensor without detaching it, for good; what comes later is not loaded any more.
     *
     * @return the bytes of kernel memory that their programs and maps take
     */
    public long leaveAll() {
        long[] bytes = {0};
        changeQuietly(() -> {
            ending = true;
            for (Entry entry : entries.values()) {
                LoadedSensor loaded = entry.loaded;
                if (loaded != null) {
                    bytes[0] += loaded.kernelMemoryBytes();
                    loaded.leave();
                    entry.loaded = null;
                    entry.state = State.STARTED;
                }
            }
            return null;
        });
        return bytes[0];
    }

    /** Returns the sensors that are there but not usable. For any thread. */
    public Set<String> failed() {
        return list().stream().filter(sensor -> sensor.state() == State.ERROR).map(SensorStatus::name)
                .collect(Collectors.toSet());
    }

    private void startBundle(String name) throws TetragonException {
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
            users.arrived(name);
        } catch (TetragonException e) {
            fail(name, entry, e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.defect(e, "sensor failed to load", "sensor", name, "reason", e.toString());
            fail(name, entry, e.toString());
        }
    }

    private void unload(String name, Entry entry, String why) {
        LoadedSensor loaded = entry.loaded;
        if (loaded == null) {
            return;
        }
        users.leaving(name, why);
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

    private <T extends @Nullable Object> T change(Callable<T> change) throws TetragonException {
        return control.change(CHANGE, () -> {
            try {
                return change.call();
            } finally {
                publish();
            }
        });
    }

    private void publish() {
        arrivals.publish(entries.entrySet().stream()
                .map(e -> new SensorStatus(e.getKey(), e.getValue().state, e.getValue().reason, e.getValue().bundle))
                .toList());
    }
}
