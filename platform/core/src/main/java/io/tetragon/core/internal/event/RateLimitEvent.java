// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import io.tetragon.api.Node;
import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.Process;
import io.tetragon.proto.EventType;
import org.jspecify.annotations.Nullable;

/** Tells how many events a listener's rate limit kept out. */
record RateLimitEvent(Node node, long timeNanos, long dropped) implements Event {
    @Override
    public EventType type() {
        return EventType.RATE_LIMIT_INFO;
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
        out.beginObject().name("rate_limit_info").beginObject();
        out.name("number_of_dropped_process_events").unsignedLongString(dropped).endObject();
        node.writeJson(out, timeNanos);
        out.endObject();
    }

    @Override
    public void writeProto(ProtoWriter out) {
        int mark = out.begin(EventType.RATE_LIMIT_INFO.getNumber());
        out.varint(1, dropped).end(mark);
        node.writeProto(out, timeNanos);
    }
}
