// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.deploy;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSocket;
import io.tetragon.it.kit.Timeouts;
import io.tetragon.it.kit.Wire;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** The calls about sensors. For use by any thread. */
public final class SensorClient implements AutoCloseable {
    /** A line of the list of sensors. */
    public record Sensor(String name, boolean enabled, String collection) {}

    private final AgentSocket socket;

    public SensorClient(AgentProcess agent) {
        socket = new AgentSocket(agent);
    }

    public List<Sensor> list() {
        return socket.call("ListSensors", new byte[0]).messages(1).stream()
                .map(sensor -> new Sensor(sensor.text(1), sensor.number(2) != 0, sensor.text(3)))
                .toList();
    }

    public Optional<Sensor> find(String name) {
        return list().stream().filter(sensor -> sensor.name().equals(name)).findFirst();
    }

    /** Waits until the sensor is listed as attached; tells the list when that does not happen. */
    public void awaitAttached(String name) {
        await(name + " to be attached", () -> find(name).filter(Sensor::enabled).isPresent());
    }

    /** Waits until no sensor or file of this name is listed. */
    void awaitGone(String name) {
        await(name + " to be gone", () -> find(name).isEmpty());
    }

    private void await(String what, BooleanSupplier condition) {
        if (!Timeouts.await(Timeouts.event(), condition)) {
            throw new AssertionError("waited for " + what + ", but the list is " + list());
        }
    }

    public void enable(String name) {
        socket.call("EnableSensor", new Wire.Builder().text(1, name).build());
    }

    public void disable(String name) {
        socket.call("DisableSensor", new Wire.Builder().text(1, name).build());
    }

    /** Opens a stream of all events. */
    EventStream events() {
        EventStream stream = new EventStream();
        socket.events(stream);
        return stream;
    }

    @Override
    public void close() {
        socket.close();
    }
}
