// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bench;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.ProcessTable;
import io.tetragon.api.sensor.KernelClock;
import io.tetragon.api.sensor.RecordDecoder;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.bpf.RingRecord;
import io.tetragon.core.internal.cache.ProcessCache;
import io.tetragon.core.internal.cache.ProcessEncoding;
import io.tetragon.core.internal.event.MonotonicClock;
import io.tetragon.sensor.exec.internal.ExecSensor;
import io.tetragon.sensor.exec.internal.abi.MsgOp;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The exec sensor's decoders, the process cache behind them, and a consumer of enriched events: the reader's work. */
final class ExecPipeline implements SensorContext {
    /** Fewer than the processes of {@link Lives}, so that an identity has left the cache before it comes again. */
    private static final int CACHED = 4096;

    private static final long CACHED_BYTES = 256 << 20;

    private final Node node = new Node("build-worker-17", "");
    private final Settings settings = new BenchSettings(Map.of());
    private final KernelClock clock = new MonotonicClock(Path.of("/proc"));
    private final ProcessCache processes;
    private final Consumer<Event> consumer;
    private final RecordDecoder execve;
    private final RecordDecoder fork;
    private final RecordDecoder exit;

    ExecPipeline(Consumer<Event> consumer) {
        this.consumer = consumer;
        Namespaces none = new Namespaces(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        ProcessEncoding encoding = new ProcessEncoding(node.name(), false, false, none);
        processes = new ProcessCache(encoding, description -> "", CACHED_BYTES, CACHED);
        try {
            Map<Integer, RecordDecoder> decoders = new ExecSensor().plan(this).decoders();
            execve = decoder(decoders, MsgOp.MSG_OP_EXECVE);
            fork = decoder(decoders, MsgOp.MSG_OP_CLONE);
            exit = decoder(decoders, MsgOp.MSG_OP_EXIT);
        } catch (TetragonException e) {
            throw new IllegalStateException(e);
        }
        execve.decode(ExecRecords.execve(ExecRecords.PARENT_PID, ExecRecords.PARENT_KTIME, 0, 0));
    }

    private static RecordDecoder decoder(Map<Integer, RecordDecoder> decoders, int opcode) {
        RecordDecoder decoder = decoders.get(opcode);
        if (decoder == null) {
            throw new IllegalStateException("the exec sensor decodes no record " + opcode);
        }
        return decoder;
    }

    void execve(RingRecord record) {
        execve.decode(record);
    }

    void fork(RingRecord record) {
        fork.decode(record);
    }

    void exit(RingRecord record) {
        exit.decode(record);
    }

    @Override
    public void publish(ProcessEvent event) {
        event.resolve(processes);
        consumer.accept(event);
    }

    @Override
    public Node node() {
        return node;
    }

    @Override
    public Settings settings() {
        return settings;
    }

    @Override
    public KernelFeatures kernel() {
        return new KernelFeatures();
    }

    @Override
    public ProcessTable processes() {
        return processes;
    }

    @Override
    public KernelClock clock() {
        return clock;
    }

    @Override
    public void retryParked() {}

    @Override
    public void onReader(Runnable task) {
        task.run();
    }

    @Override
    public void every(Duration period, Runnable task) {}

    @Override
    public @Nullable BpfMap map(String name) {
        return null;
    }

    @Override
    public void countLoss(String reason, long count) {
        throw new IllegalStateException(count + " lost: " + reason);
    }
}
