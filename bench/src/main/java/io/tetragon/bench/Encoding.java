// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bench;

import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From an exec event to bytes; asked for are 300 000 JSON lines a second on one core. An exec event is the first of its
 * process, which is encoded for it: {@code First}. Every later event of a process finds it encoded: {@code Again}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class Encoding {
    private static final int BATCH = 1024;

    private final Lives lives = new Lives();
    private final JsonWriter json = new JsonWriter(1 << 16);
    private final ProtoWriter proto = new ProtoWriter(1 << 16);
    private final List<Event> fresh = new ArrayList<>(BATCH);
    private final ExecPipeline pipeline = new ExecPipeline(fresh::add);
    private Event known;

    /** Decodes one event, and says how long its line is. */
    public Encoding() {
        fresh.clear();
        pipeline.execve(lives.execs[lives.next()]);
        known = fresh.get(0);
    }

    /** Says what is measured. */
    @Setup(Level.Trial)
    public void describe() {
        jsonAgain();
        protoAgain();
        System.out.printf("# the event has %d bytes as JSON, %d as protobuf%n", json.length(), proto.length());
    }

    /** The events whose processes nobody has encoded yet; a state of its own, because decoding them takes time. */
    @State(Scope.Benchmark)
    public static class Fresh {
        /** Decodes a batch. */
        @Setup(Level.Invocation)
        public void decode(Encoding encoding) {
            encoding.fresh.clear();
            for (int i = 0; i < BATCH; i++) {
                encoding.pipeline.execve(encoding.lives.execs[encoding.lives.next()]);
            }
        }
    }

    /** JSON of an event whose process is encoded. */
    @Benchmark
    public int jsonAgain() {
        json.truncate(0);
        known.writeJson(json);
        return json.length();
    }

    /** JSON of the first event of a process. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int jsonFirst(Fresh decoded) {
        for (int i = 0; i < BATCH; i++) {
            json.truncate(0);
            fresh.get(i).writeJson(json);
        }
        return json.length();
    }

    /** Protobuf of an event whose process is encoded. */
    @Benchmark
    public int protoAgain() {
        proto.reset();
        known.writeProto(proto);
        return proto.length();
    }

    /** Protobuf of the first event of a process. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int protoFirst(Fresh decoded) {
        for (int i = 0; i < BATCH; i++) {
            proto.reset();
            fresh.get(i).writeProto(proto);
        }
        return proto.length();
    }
}
