// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.tetragon.api.event.Event;
import io.tetragon.api.event.ProtoWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * An event as the bytes of its {@code GetEventsResponse}, and at the same time the stream that gRPC reads them from: the
 * call copies the bytes into its own buffer before {@code sendMessage} returns, so one object and one buffer serve a whole
 * stream of events, and nothing is allocated per event. Used by one thread.
 */
final class EncodedEvent extends InputStream implements KnownLength, Drainable {
    /** A buffer that one huge event made grow is not kept for the life of the stream. */
    private static final int MAX_KEPT = 64 * 1024;

    private static final int INITIAL = 2048;

    private ProtoWriter bytes = new ProtoWriter(INITIAL);
    private int position;

    /** Replaces the content. */
    EncodedEvent encode(Event event) {
        if (bytes.array().length > MAX_KEPT) {
            bytes = new ProtoWriter(INITIAL);
        }
        bytes.reset();
        position = 0;
        event.writeProto(bytes);
        return this;
    }

    @Override
    public int available() {
        return bytes.length() - position;
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
        int count = available();
        target.write(bytes.array(), position, count);
        position += count;
        return count;
    }

    @Override
    public int read() {
        return available() == 0 ? -1 : bytes.array()[position++] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        int count = Math.min(length, available());
        System.arraycopy(bytes.array(), position, target, offset, count);
        position += count;
        return count == 0 && length > 0 ? -1 : count;
    }

    /** Hands encoded events to gRPC. */
    static final class Marshaller implements MethodDescriptor.Marshaller<EncodedEvent> {
        @Override
        public InputStream stream(EncodedEvent value) {
            return value;
        }

        @Override
        public EncodedEvent parse(InputStream stream) {
            throw new UnsupportedOperationException("events are sent, never received");
        }
    }
}
