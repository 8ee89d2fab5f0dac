// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.event;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tetragon.api.process.Process;
import io.tetragon.proto.EventType;
import io.tetragon.proto.GetEventsResponse;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened, as listeners receive it. Immutable once it was published; every method may be called by any
 * thread, and by several at once.
 */
public interface Event {
    /** Returns the type, as the API's filters name it. */
    EventType type();

    /** Returns the time of the event in nanoseconds since the epoch. */
    long timeNanos();

    /** Returns the process the event is about; null for events about none, such as rate limits. */
    @Nullable Process process();

    /** Returns the parent of that process, null where it is unknown. */
    @Nullable Process parent();

    /**
     * Returns an estimate of the bytes of memory that the event itself takes, its processes left out. What waits for a slow
     * listener is bounded by it, so an event that keeps more than some numbers should say so.
     */
    default int size() {
        return 256;
    }

    /** Appends the event as one JSON object without a line end. */
    void writeJson(JsonWriter out);

    /** Appends the fields of the event's {@code GetEventsResponse}. */
    void writeProto(ProtoWriter out);

    /** Returns the event as a message. Costs a whole encoding and parsing: for filters and masks, not for every event. */
    default GetEventsResponse toProto() {
        ProtoWriter out = new ProtoWriter(2048);
        writeProto(out);
        try {
            return GetEventsResponse.parseFrom(out.toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("event " + type() + " encodes itself to a broken message", e);
        }
    }
}
