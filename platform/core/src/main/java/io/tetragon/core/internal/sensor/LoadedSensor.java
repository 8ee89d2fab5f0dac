// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.RecordDecoder;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import io.tetragon.core.internal.event.RingReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A sensor whose programs are loaded and attached. It owns the objects, their links and its decoders; closing undoes them in
 * reverse order and loses no record that is in the ring. Used by the control thread.
 */
public final class LoadedSensor implements AutoCloseable {
    private static final Log LOG = Log.of(LoadedSensor.class);

    private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

    private final Platform platform;
    private final Sensor sensor;
    private final PlatformSensorContext context;
    private final LoadedObjects objects;
    private final List<Integer> opcodes = new ArrayList<>();
    private boolean planned;
    private boolean closed;

    private LoadedSensor(Platform platform, Sensor sensor, Consumer<Throwable> onFailure) {
        this.platform = platform;
        this.sensor = sensor;
        objects = new LoadedObjects(platform, sensor.name(), platform.pins().sensor(sensor.name()));
        context = new PlatformSensorContext(platform, sensor.name(), objects, onFailure);
    }

    /**
     * Does what the sensor plans, wholly or not at all.
     *
     * @param onFailure told, on the reader's thread, what a task of the sensor threw
     */
    static LoadedSensor load(Platform platform, Sensor sensor, Consumer<Throwable> onFailure) throws TetragonException {
        LoadedSensor loaded = new LoadedSensor(platform, sensor, onFailure);
        try {
            loaded.load();
            return loaded;
        } catch (TetragonException | RuntimeException | Error e) {
            loaded.close();
            throw e;
        }
    }

    private void load() throws TetragonException {
        SensorPlan plan = sensor.plan(context);
        List<LoadedObject> loaded = new ArrayList<>();
        for (ObjectPlan object : plan.objects()) {
            loaded.add(objects.load(object));
        }
        planned = true;
        // Before the first record: its decoder may ask for a map.
        context.loaded();
        decode(plan.decoders());
        for (LoadedObject object : loaded) {
            objects.attach(object, "");
        }
        objects.attachedAll();
        sensor.attached(context);
    }

    /** Returns the sensor. */
    public Sensor sensor() {
        return sensor;
    }

    /** Returns what the sensor was given. */
    public SensorContext context() {
        return context;
    }

    /**
     * Returns the bytes of kernel memory that its own objects take, without those of policies. For any thread.
     *
     * @throws IllegalStateException if it is closed
     */
    public long kernelMemoryBytes() {
        return objects.kernelMemoryBytes();
    }

    /** Ends what runs in the agent; programs, links and maps stay as they are. */
    void leave() {
        closed = true;
        context.cancel();
    }

    /** Tells whether a decoder of this sensor has the opcode. */
    boolean decodes(int opcode) {
        return opcodes.contains(opcode);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        RingReader reader = platform.reader();
        objects.detach();
        context.cancel();
        if (!reader.awaitDrained(DRAIN_NANOS)) {
            LOG.warn("records of a detached sensor may be unread", "sensor", sensor.name());
        }
        for (int opcode : opcodes) {
            reader.unregister(opcode);
        }
        // Behind a whole round of the reader no decoder of this sensor is running, whatever it was given last.
        reader.awaitDrained(DRAIN_NANOS);
        try {
            if (planned) {
                sensor.detached(context);
            }
        } catch (RuntimeException | Error e) {
            LOG.defect(e, "sensor failed to clean up", "sensor", sensor.name(), "reason", e.toString());
        } finally {
            objects.close();
        }
    }

    private void decode(Map<Integer, RecordDecoder> decoders) throws TetragonException {
        for (Map.Entry<Integer, RecordDecoder> entry : decoders.entrySet()) {
            int opcode = entry.getKey();
            if (opcode <= 0 || opcode >= RingReader.OPCODES) {
                throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "load sensor " + sensor.name(),
                        "opcode " + opcode + " is out of range", "use one of 128 to 249");
            }
            if (!platform.reader().register(opcode, entry.getValue())) {
                throw new TetragonException(TetragonException.Kind.ALREADY_EXISTS, "load sensor " + sensor.name(),
                        "opcode " + opcode + " is decoded by another sensor", "disable that one first");
            }
            opcodes.add(opcode);
        }
    }
}
