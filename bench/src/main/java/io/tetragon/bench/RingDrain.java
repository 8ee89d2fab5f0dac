// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bench;

import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.BpfProgram;
import io.tetragon.bpf.RingBuffer;
import io.tetragon.bpf.RingRecord;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Emptying a real ring buffer of records of 504 bytes, one word of each being read. Needs root. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RingDrain {
    /** As many as one run of the program submits. */
    private static final int RECORDS = 4096;
    private static final String OBJECT = "/bpf/fill.bpf.o";
    private static final byte[] NOTHING = {};

    private @Nullable BpfObject object;
    private @Nullable BpfProgram program;
    private @Nullable RingBuffer ring;
    private long sum;

    /** Loads the program that fills the ring. */
    @Setup
    public void load() throws IOException {
        try (InputStream in = RingDrain.class.getResourceAsStream(OBJECT)) {
            if (in == null) {
                throw new IOException("no " + OBJECT + " in this build");
            }
            BpfObject opened = BpfObject.open(in.readAllBytes(), "fill");
            object = opened;
            opened.load();
            program = opened.program("fill");
            ring = RingBuffer.open(opened.map("ring"));
        }
    }

    /** Fills the ring; takes no part in the figure. */
    @Setup(Level.Invocation)
    public void fill() {
        if (program != null) {
            program.testRun(NOTHING, 0, NOTHING);
        }
    }

    /** Closes ring and program. */
    @TearDown
    public void unload() {
        if (ring != null) {
            ring.close();
        }
        if (object != null) {
            object.close();
        }
    }

    /** Drains what one run submitted. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public long drain() {
        RingBuffer full = ring;
        int drained = full == null ? 0 : full.drain(this::record, Integer.MAX_VALUE);
        if (drained != RECORDS) {
            throw new IllegalStateException(drained + " records instead of " + RECORDS);
        }
        return sum;
    }

    private void record(RingRecord record) {
        sum += record.getLong(8);
    }
}
