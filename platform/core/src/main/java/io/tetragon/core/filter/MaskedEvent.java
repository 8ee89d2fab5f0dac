// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.Process;
import io.tetragon.core.filter.FieldMasks.Step;
import io.tetragon.proto.EventType;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An event of which only some fields are written. It is encoded whole and the fields are taken out of the encoded form, so
 * that a mask needs neither messages nor the help of the event's class. The accessors show the process as it is.
 */
record MaskedEvent(Event event, List<Step> steps) implements Event {
    private static final int CAPACITY = 4096;

    @Override
    public EventType type() {
        return event.type();
    }

    @Override
    public long timeNanos() {
        return event.timeNanos();
    }

    @Override
    public @Nullable Process process() {
        return event.process();
    }

    @Override
    public @Nullable Process parent() {
        return event.parent();
    }

    @Override
    public void writeJson(JsonWriter out) {
        JsonWriter whole = new JsonWriter(CAPACITY);
        event.writeJson(whole);
        byte[] bytes = whole.array();
        int length = whole.length();
        for (Step step : steps) {
            length = new JsonMask(bytes, length, step.include()).apply(step.fields());
        }
        out.raw(Arrays.copyOf(bytes, length));
    }

    @Override
    public void writeProto(ProtoWriter out) {
        ProtoWriter whole = new ProtoWriter(CAPACITY);
        event.writeProto(whole);
        byte[] bytes = whole.array();
        int length = whole.length();
        for (Step step : steps) {
            length = new WireMask(bytes, length, step.include()).apply(event.type().getNumber(), step.fields());
        }
        out.raw(Arrays.copyOf(bytes, length));
    }
}
