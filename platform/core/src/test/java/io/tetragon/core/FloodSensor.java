// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import io.tetragon.api.TetragonException;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import io.tetragon.bpf.RingRecord;
import io.tetragon.proto.EventType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Sends numbered records at each system call of one process, and checks that they come without a gap. */
class FloodSensor implements Sensor {
    private static final int CPU = 16;
    private static final int SEQUENCE = 24;
    private static final int CPUS = 1024;

    /** A plan in the making and its one object. */
    record Parts(ObjectPlan.Builder object, SensorPlan.Builder plan) {
        Parts object(UnaryOperator<ObjectPlan.Builder> change) {
            change.apply(object);
            return this;
        }

        Parts plan(UnaryOperator<SensorPlan.Builder> change) {
            change.apply(plan);
            return this;
        }
    }

    private final String name;
    private final int opcode;
    private final UnaryOperator<Parts> changes;
    private final byte[] object;
    private @Nullable SensorContext context;
    private final long[] last = new long[CPUS];
    final AtomicLong decoded = new AtomicLong();
    final AtomicLong gaps = new AtomicLong();
    final AtomicLong detached = new AtomicLong();
    /** Records that the program put into the ring and that were not decoded when it was detached. */
    final AtomicLong missing = new AtomicLong();
    final AtomicLong decodedWithoutMap = new AtomicLong();

    FloodSensor(String name, int opcode, long target, int burst) {
        this(name, opcode, resource("flood"),
                parts -> parts.object(flood -> flood.constant("target", target).constant("burst", burst)));
    }

    /** @param changes what the plan has beyond the program and its decoder */
    FloodSensor(String name, int opcode, byte[] object, UnaryOperator<Parts> changes) {
        this.name = name;
        this.opcode = opcode;
        this.object = object;
        this.changes = changes;
    }

    static byte[] resource(String name) {
        try (InputStream in = FloodSensor.class.getResourceAsStream("/bpf/" + name + ".bpf.o")) {
            return Objects.requireNonNull(in, name).readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public SensorPlan plan(SensorContext given) throws TetragonException {
        context = given;
        java.util.Arrays.fill(last, 0);
        ObjectPlan.Builder flood = ObjectPlan.of(name, object).attach("flood").constant("op", opcode);
        Parts parts = changes.apply(new Parts(flood, SensorPlan.of().decoder(opcode, this::decode)));
        return parts.plan().object(parts.object().build()).build();
    }

    void decode(RingRecord record) {
        SensorContext given = Objects.requireNonNull(context);
        if (decoded.getAndIncrement() == 0 && given.map("sent") == null) {
            decodedWithoutMap.incrementAndGet();
        }
        int cpu = record.getInt(CPU);
        long sequence = record.getLong(SEQUENCE);
        if (sequence != last[cpu] + 1) {
            gaps.incrementAndGet();
        }
        last[cpu] = sequence;
        given.publish(new FloodEvent(given, sequence));
    }

    @Override
    public void detached(SensorContext given) {
        detached.incrementAndGet();
        var sent = given.map("sent");
        if (sent != null) {
            ByteBuffer counts = ByteBuffer.wrap(sent.lookup(new byte[4]).orElseThrow()).order(ByteOrder.LITTLE_ENDIAN);
            for (int cpu = 0; cpu < counts.capacity() / 8; cpu++) {
                missing.addAndGet(counts.getLong(cpu * 8) - last[cpu]);
            }
        }
    }

    private static final class FloodEvent extends ProcessEvent {
        FloodEvent(SensorContext context, long sequence) {
            super(context.node(), sequence, 1, 1, 1);
        }

        @Override
        public EventType type() {
            return EventType.TEST;
        }

        @Override
        protected String member() {
            return "test";
        }

        @Override
        protected void writeMembers(JsonWriter out) {}

        @Override
        protected void writeMembers(ProtoWriter out) {}
    }
}
