// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.Process;
import io.tetragon.proto.EventType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EncodedEventTest {
    private static final byte[] ABC = {1, 2, (byte) 0xFF};

    @Test
    void theBytesAreThoseOfTheEventHoweverTheyAreRead() throws IOException {
        EncodedEvent encoded = new EncodedEvent();
        for (byte[] bytes : new byte[][] {ABC, new byte[200_000], {}, ABC}) {
            encoded.encode(new Bytes(bytes));
            assertEquals(bytes.length, encoded.available());
            assertArrayEquals(bytes, encoded.readAllBytes());
            assertEquals(-1, encoded.read());

            encoded.encode(new Bytes(bytes));
            ByteArrayOutputStream drained = new ByteArrayOutputStream();
            assertEquals(bytes.length, encoded.drainTo(drained));
            assertArrayEquals(bytes, drained.toByteArray());
            assertEquals(0, encoded.available());
        }
        encoded.encode(new Bytes(ABC));
        assertEquals(1, encoded.read());
        assertEquals(2, encoded.read());
        assertEquals(0xFF, encoded.read());
        assertEquals(-1, encoded.read());
    }

    /** An event that is nothing but bytes. */
    private record Bytes(byte[] bytes) implements Event {
        @Override
        public EventType type() {
            return EventType.TEST;
        }

        @Override
        public long timeNanos() {
            return 0;
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
            out.raw(bytes);
        }
    }
}
