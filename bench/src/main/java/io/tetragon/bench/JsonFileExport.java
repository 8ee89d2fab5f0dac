// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bench;

import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.api.listener.EventBus;
import io.tetragon.api.listener.EventListener;
import io.tetragon.api.listener.FilterParser;
import io.tetragon.api.listener.ListenerLedger;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.listener.SubscriptionRequest;
import io.tetragon.exporter.json.internal.JsonExporter;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.Filter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** From an exec event to lines in a file that rotates at 10 MiB; asked for are 300 000 a second on one core. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class JsonFileExport implements EventBus, FilterParser {
    private static final int BATCH = 1000;

    /** Folder of the file: on tmpfs the exporter is measured, elsewhere the disk too. */
    @Param("/dev/shm")
    public String folder = "/dev/shm";

    /** Events that are in the queue at a time. */
    @Param({"1", "100"})
    public int burst = 1;

    private final Event event = event();
    private @Nullable EventListener listener;
    private @Nullable JsonExporter exporter;
    private @Nullable Path scratch;

    /** Starts the exporter. */
    @Setup
    public void open() throws IOException, TetragonException {
        Path made = Files.createTempDirectory(Path.of(folder), "tetragon-bench");
        scratch = made;
        exporter = new JsonExporter(this, new BenchSettings(Map.of(
                "export-filename", made.resolve("events.json").toString(),
                "export-rate-limit", -1L,
                "event-queue-size", 10_000L,
                "export-file-max-size-mb", 10L,
                "export-file-max-backups", 1L)), this);
    }

    /** Ends it and removes what it wrote. */
    @TearDown
    public void close() throws IOException {
        if (exporter != null && scratch != null) {
            exporter.close();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(scratch)) {
                for (Path file : files) {
                    Files.delete(file);
                }
            }
            Files.delete(scratch);
        }
    }

    /** Writes events; fails if one was lost. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void export() throws IOException {
        EventListener lines = listener;
        if (lines == null) {
            throw new IllegalStateException("not subscribed");
        }
        for (int i = 1; i <= BATCH; i++) {
            lines.event(event);
            if (i % burst == 0 && lines.flush() > 0) {
                throw new IOException("events were lost: is " + folder + " full?");
            }
        }
    }

    private static Event event() {
        List<Event> decoded = new ArrayList<>();
        ExecPipeline pipeline = new ExecPipeline(decoded::add);
        pipeline.execve(ExecRecords.execve(12345, 3_000_000_000L, ExecRecords.PARENT_PID, ExecRecords.PARENT_KTIME));
        return decoded.get(decoded.size() - 1);
    }

    @Override
    public Subscription subscribe(SubscriptionRequest request, EventListener subscriber) {
        listener = subscriber;
        return new Subscription() {
            @Override
            public ListenerLedger ledger() {
                return new ListenerLedger(0, 0, 0, 0, 0, 0);
            }

            @Override
            public void close() {
                subscriber.closed();
            }
        };
    }

    @Override
    public List<Filter> parse(String flag, String text) {
        return List.of();
    }

    @Override
    public List<FieldFilter> parseFieldFilters(String flag, String text) {
        return List.of();
    }
}
