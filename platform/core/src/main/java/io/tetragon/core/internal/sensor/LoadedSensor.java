// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.RecordDecoder;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorPlan;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfLink;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.BpfProgram;
import io.tetragon.core.internal.event.RingReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A sensor whose programs are loaded and attached. It owns the object, its links and its decoders; closing undoes them in
 * reverse order and loses no record that is in the ring. Used by the control thread.
 */
final class LoadedSensor implements AutoCloseable {
    private static final Log LOG = Log.of(LoadedSensor.class);

    private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

    private final Platform platform;
    private final Sensor sensor;
    private final PlatformSensorContext context;
    private final BpfObject object;
    private final List<BpfLink> links = new ArrayList<>();
    private final List<Integer> opcodes = new ArrayList<>();
    private boolean detaches;
    private boolean closed;

    private LoadedSensor(Platform platform, Sensor sensor, PlatformSensorContext context, BpfObject object) {
        this.platform = platform;
        this.sensor = sensor;
        this.context = context;
        this.object = object;
    }

    /**
     * Does what the sensor plans, wholly or not at all.
     *
     * @param onFailure told, on the reader's thread, what a task of the sensor threw
     */
    static LoadedSensor load(Platform platform, Sensor sensor, Consumer<Throwable> onFailure) throws TetragonException {
        PlatformSensorContext context = new PlatformSensorContext(platform, sensor.name(), onFailure);
        BpfObject object = null;
        LoadedSensor loaded = null;
        try {
            SensorPlan plan = sensor.plan(context);
            object = BpfObject.open(plan.object(), sensor.name());
            loaded = new LoadedSensor(platform, sensor, context, object);
            loaded.prepare(plan);
            object.load();
            // Before the first record: its decoder may ask for a map.
            context.object(object);
            loaded.detaches = true;
            loaded.decode(plan.decoders());
            for (String program : plan.programs()) {
                loaded.links.add(object.program(program).attach());
            }
            sensor.attached(context);
            return loaded;
        } catch (BpfException e) {
            undo(context, loaded, object);
            LOG.debug("verifier log", "sensor", sensor.name(), "log", e.verifierLog());
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, e.operation(),
                    e.reason(), e.remedy(), e);
        } catch (TetragonException | RuntimeException | Error e) {
            undo(context, loaded, object);
            throw e;
        }
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
        BpfLink.closeAll(links);
        if (!links.isEmpty()) {
            platform.maps().awaitPrograms();
            countMissedRuns();
        }
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
            if (detaches) {
                sensor.detached(context);
            }
        } catch (RuntimeException | Error e) {
            LOG.defect(e, "sensor failed to clean up", "sensor", sensor.name(), "reason", e.toString());
        } finally {
            object.close();
        }
    }

    /** The kernel skips a program that is running already on the same CPU: what it would have reported is lost. */
    private void countMissedRuns() {
        for (BpfProgram program : object.programs()) {
            if (program.autoload()) {
                long missed = program.info().recursionMisses();
                if (missed > 0) {
                    platform.losses().add(sensor.name(), "missed_runs_of_" + program.name(), missed);
                }
            }
        }
    }

    private static void undo(PlatformSensorContext context, @Nullable LoadedSensor loaded, @Nullable BpfObject object) {
        if (loaded != null) {
            loaded.close();
            return;
        }
        context.cancel();
        if (object != null) {
            object.close();
        }
    }

    private void prepare(SensorPlan plan) throws TetragonException {
        platform.maps().check(object);
        plan.constants().forEach(object::setConstant);
        platform.maps().share(object);
        plan.programs().forEach(object::program);
        Set<String> wanted = new HashSet<>(plan.programs());
        for (BpfProgram program : object.programs()) {
            program.setAutoload(wanted.contains(program.name()));
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
