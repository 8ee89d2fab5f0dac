// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.Node;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.BinaryProperties;
import io.tetragon.proto.EventType;
import org.jspecify.annotations.Nullable;

/** A process was executed, or found running. */
final class ProcessExecEvent extends ProcessEvent {
    private final @Nullable BinaryProperties properties;

    ProcessExecEvent(Node node, long timeNanos, int pid, long ktime, @Nullable BinaryProperties properties) {
        super(node, timeNanos, pid, ktime, pid);
        this.properties = properties;
    }

    @Override
    public EventType type() {
        return EventType.PROCESS_EXEC;
    }

    @Override
    protected String member() {
        return "process_exec";
    }

    @Override
    protected @Nullable BinaryProperties binaryProperties() {
        return properties;
    }

    @Override
    protected void writeMembers(JsonWriter out) {
        writeProcess(out);
        writeParent(out);
        writeAncestors(out);
    }

    @Override
    protected void writeMembers(ProtoWriter out) {
        writeProcess(out, 1);
        writeParent(out, 2);
        writeAncestors(out, 3);
    }
}
