// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.Process;
import io.tetragon.proto.EventType;
import org.jspecify.annotations.Nullable;

/** An event that says which one it is. */
record NumberedEvent(long number, String text) implements Event {
    static NumberedEvent of(long number) {
        return new NumberedEvent(number, "");
    }

    @Override
    public EventType type() {
        return EventType.TEST;
    }

    @Override
    public long timeNanos() {
        return number;
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
        out.beginObject().name("test").beginObject().name("n").number(number);
        if (number < 0) {
            throw new IllegalStateException("a defect of a sensor");
        }
        if (!text.isEmpty()) {
            out.name("text").string(text);
        }
        out.endObject().endObject();
    }

    @Override
    public void writeProto(ProtoWriter out) {
        throw new UnsupportedOperationException();
    }
}
