// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.deploy;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Timeouts;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** A stream of events that stays open, and what came through it. */
final class EventStream implements ClientResponseObserver<byte[], byte[]>, AutoCloseable {
    /** Messages as they are: what a test looks for in them are words that stand there in plain bytes. */
    private final Queue<String> messages = new ConcurrentLinkedQueue<>();
    private volatile @Nullable ClientCallStreamObserver<byte[]> call;
    private volatile @Nullable String end;

    /** Tells whether the stream delivers: starts processes until one of them comes through. */
    boolean delivers() {
        String token = UUID.randomUUID().toString();
        return Timeouts.await(Timeouts.event(), () -> {
            Launch.of("/bin/true", token).run();
            return has(token);
        });
    }

    /** Tells whether a message with this word has come. */
    boolean has(String word) {
        return messages.stream().anyMatch(message -> message.contains(word));
    }

    /** How the stream ended, or null while it is open. */
    @Nullable String end() {
        return end;
    }

    /** Ends it from this side. */
    @Override
    public void close() {
        ClientCallStreamObserver<byte[]> open = call;
        if (open != null) {
            open.cancel("the test is over", null);
        }
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<byte[]> started) {
        call = started;
    }

    @Override
    public void onNext(byte[] message) {
        messages.add(new String(message, StandardCharsets.ISO_8859_1));
    }

    @Override
    public void onError(Throwable failure) {
        end = failure.toString();
    }

    @Override
    public void onCompleted() {
        end = "completed";
    }
}
