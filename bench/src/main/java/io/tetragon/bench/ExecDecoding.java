// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bench;

import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From a record to a decoded and enriched event, and on to a JSON line: asked for is 1 us each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ExecDecoding {
    private final Lives lives = new Lives();
    private final JsonWriter json = new JsonWriter(1 << 16);
    private long events;
    private final ExecPipeline decoding = new ExecPipeline(event -> events++);
    private final ExecPipeline exporting = new ExecPipeline(this::export);

    /** One exec record of a process that replaces nothing. */
    @Benchmark
    public long execve() {
        decoding.execve(lives.execs[lives.next()]);
        return events;
    }

    /** Fork, exec and exit of a process: three records, two events. */
    @Benchmark
    public long life() {
        live(decoding);
        return events;
    }

    /** The same with the JSON lines of both events. */
    @Benchmark
    public long lifeAsJson() {
        live(exporting);
        return events;
    }

    private void live(ExecPipeline pipeline) {
        int i = lives.next();
        pipeline.fork(lives.forks[i]);
        pipeline.execve(lives.execs[i]);
        pipeline.exit(lives.exits[i]);
    }

    private void export(Event event) {
        json.truncate(0);
        event.writeJson(json);
        events++;
    }
}
