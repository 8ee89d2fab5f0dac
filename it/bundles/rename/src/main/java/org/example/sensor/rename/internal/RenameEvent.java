// SPDX-License-Identifier: Apache-2.0
package org.example.sensor.rename.internal;

import io.tetragon.api.Node;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.proto.EventType;
import java.nio.charset.StandardCharsets;

/**
 * A thread has a new name: {@code process_tracepoint} of {@code task/task_rename} with the old name, the new one and the
 * number of the record as arguments. Clients know the event already, because the interface has it.
 */
final class RenameEvent extends ProcessEvent {
    private static final String SUBSYSTEM = "task";
    private static final String TRACEPOINT = "task_rename";

    private final String oldName;
    private final String newName;
    private final long sequence;

    RenameEvent(Node node, long timeNanos, int pid, long ktime, int tid, String oldName, String newName, long sequence) {
        super(node, timeNanos, pid, ktime, tid);
        this.oldName = oldName;
        this.newName = newName;
        this.sequence = sequence;
    }

    @Override
    public EventType type() {
        return EventType.PROCESS_TRACEPOINT;
    }

    @Override
    protected String member() {
        return "process_tracepoint";
    }

    @Override
    protected void writeMembers(JsonWriter out) {
        writeProcess(out);
        writeParent(out);
        out.name("subsys").string(SUBSYSTEM).name("event").string(TRACEPOINT);
        out.name("args").beginArray();
        out.beginObject().name("string_arg").string(oldName).endObject();
        out.beginObject().name("string_arg").string(newName).endObject();
        out.beginObject().name("size_arg").unsignedLongString(sequence).endObject();
        out.endArray();
    }

    @Override
    protected void writeMembers(ProtoWriter out) {
        writeProcess(out, 1);
        writeParent(out, 2);
        out.string(4, SUBSYSTEM).string(5, TRACEPOINT);
        writeArgument(out, oldName);
        writeArgument(out, newName);
        int argument = out.begin(6);
        out.element(4, sequence).end(argument);
    }

    private static void writeArgument(ProtoWriter out, String name) {
        int argument = out.begin(6);
        out.bytesElement(1, name.getBytes(StandardCharsets.UTF_8)).end(argument);
    }
}
