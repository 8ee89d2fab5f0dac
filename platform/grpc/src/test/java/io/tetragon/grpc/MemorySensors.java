// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.core.SensorManager;
import io.tetragon.core.SensorStatus;
import io.tetragon.core.SensorStatus.State;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** Sensors that are nothing but their state. */
final class MemorySensors implements SensorManager {
    private final Map<String, SensorStatus> sensors = new ConcurrentSkipListMap<>();

    @Override
    public List<SensorStatus> list() {
        return List.copyOf(sensors.values());
    }

    @Override
    public void enable(String name) throws TetragonException {
        if (state(name).state() == State.ERROR) {
            throw new TetragonException(
                    TetragonException.Kind.UNSUPPORTED, "load sensor " + name, "the kernel lacks it", "upgrade");
        }
        set(name, State.ATTACHED);
    }

    @Override
    public void disable(String name) throws TetragonException {
        state(name);
        set(name, State.DISABLED);
    }

    @Override
    public void remove(String name) throws TetragonException {
        state(name);
        sensors.remove(name);
    }

    @Override
    public void bundleInstalled(String sensor, String bundle, State state, List<String> sections) {
        sensors.put(sensor, new SensorStatus(sensor, state, "", bundle));
    }

    @Override
    public void bundleFailed(String sensor, String bundle, String reason) {
        sensors.put(sensor, new SensorStatus(sensor, State.ERROR, reason, bundle));
    }

    @Override
    public void bundleGone(String sensor) {
        sensors.remove(sensor);
    }

    @Override
    public void add(Sensor sensor) {
        set(sensor.name(), State.ATTACHED);
    }

    @Override
    public void remove(Sensor sensor) {
        sensors.remove(sensor.name());
    }

    private SensorStatus state(String name) throws TetragonException {
        SensorStatus status = sensors.get(name);
        if (status == null) {
            throw new TetragonException(
                    TetragonException.Kind.NOT_FOUND, "sensor " + name, "there is none of that name", "");
        }
        return status;
    }

    private void set(String name, State state) {
        sensors.put(name, new SensorStatus(name, state, "", name + ".jar"));
    }
}
