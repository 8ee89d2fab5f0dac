// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.Process;
import io.tetragon.proto.EventType;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.ProcessExec;
import org.jspecify.annotations.Nullable;

/** An event with a number, and as many bytes as a test asks for. */
record TestEvent(EventType type, long timeNanos, int payload) implements Event {
    static TestEvent exec(int number) {
        return new TestEvent(EventType.PROCESS_EXEC, number, 100);
    }

    @Override
    public @Nullable Process process() {
        return null;
    }

    @Override
    public @Nullable Process parent() {
        return null;
    }

    @Override
    public void writeJson(JsonWriter out) {
        out.beginObject().endObject();
    }

    @Override
    public void writeProto(ProtoWriter out) {
        int event = out.begin(type.getNumber());
        int process = out.begin(ProcessExec.PROCESS_FIELD_NUMBER);
        out.string(io.tetragon.proto.Process.ARGUMENTS_FIELD_NUMBER, "x".repeat(payload));
        out.end(process).end(event);
        out.timestamp(GetEventsResponse.TIME_FIELD_NUMBER, timeNanos);
    }
}
