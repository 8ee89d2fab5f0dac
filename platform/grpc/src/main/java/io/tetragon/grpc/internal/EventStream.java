// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusException;
import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.api.listener.EventListener;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.log.Log;
import io.tetragon.proto.GetEventsRequest;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One call of GetEvents. The call's callbacks come one after the other on a thread of the server, events on the thread of
 * the subscription; {@code lock} guards the call, which is not made for two threads.
 *
 * <p>Back-pressure: an event waits here while the client does not read. Meanwhile the subscription's queue fills and
 * overflows, which its ledger counts; neither other listeners nor the memory of the agent notice.
 */
final class EventStream extends ServerCall.Listener<GetEventsRequest> {
    /**
     * Bytes under way to the transport while the call still counts as ready. With gRPC's default of 32 KiB, twenty events,
     * the event thread and the network thread wake each other up for little work: a quarter fewer events per second.
     * 512 KiB gain nothing more.
     */
    private static final int READY_THRESHOLD = 128 * 1024;

    private static final Log LOG = Log.of(EventStream.class);

    private final EventStreams streams;
    private final ServerCall<GetEventsRequest, EncodedEvent> call;
    private final Object lock = new Object();
    private @Nullable GetEventsRequest request;
    private volatile @Nullable Subscription subscription;
    private boolean headersSent;
    private boolean ended;

    EventStream(EventStreams streams, ServerCall<GetEventsRequest, EncodedEvent> call) {
        this.streams = streams;
        this.call = call;
    }

    @Override
    public void onMessage(GetEventsRequest message) {
        if (request != null) {
            end(Status.INVALID_ARGUMENT.withDescription("GetEvents: more than one request"));
        }
        request = message;
    }

    @Override
    public void onHalfClose() {
        GetEventsRequest asked = request;
        if (asked == null) {
            end(Status.INVALID_ARGUMENT.withDescription("GetEvents: no request"));
            return;
        }
        if (hasEnded()) {
            return;
        }
        call.setOnReadyThreshold(READY_THRESHOLD);
        try {
            subscription = streams.subscribe(this, asked, new Delivery());
            // Headers are what tells a client that from now on no event is missed.
            synchronized (lock) {
                sendHeaders();
            }
            if (hasEnded()) {
                // Ended between the two: whoever did it saw no subscription to close.
                unsubscribe();
            }
        } catch (StatusException e) {
            end(e.getStatus());
        } catch (TetragonException e) {
            streams.release(this);
            end(Statuses.of(e));
        } catch (RuntimeException e) {
            LOG.defect(e, "cannot subscribe an event stream");
            streams.release(this);
            end(Status.INTERNAL.withDescription("GetEvents: a defect of the agent (see its log)"));
        }
    }

    @Override
    public void onReady() {
        synchronized (lock) {
            lock.notifyAll();
        }
    }

    /** The client is gone or gave up. Comes behind {@link #onHalfClose} if that was called at all. */
    @Override
    public void onCancel() {
        synchronized (lock) {
            ended = true;
            lock.notifyAll();
        }
        unsubscribe();
    }

    /** Tells the client that the agent stops. */
    void shutdown() {
        end(Statuses.SHUTTING_DOWN);
    }

    /** Returns when the subscription's thread has ended; not to be called by that thread. */
    void unsubscribe() {
        Subscription current = subscription;
        if (current != null) {
            current.close();
        }
    }

    private void end(Status status) {
        synchronized (lock) {
            if (!ended) {
                ended = true;
                call.close(status, new Metadata());
                lock.notifyAll();
            }
        }
    }

    private boolean hasEnded() {
        synchronized (lock) {
            return ended;
        }
    }

    private void sendHeaders() {
        if (!headersSent && !ended) {
            headersSent = true;
            call.sendHeaders(new Metadata());
        }
    }

    /** The end of the subscription: runs on its thread. */
    private final class Delivery implements EventListener {
        private final EncodedEvent encoded = new EncodedEvent();

        @Override
        public void event(Event event) throws IOException {
            encoded.encode(event);
            synchronized (lock) {
                sendHeaders();
                while (!ended && !call.isReady()) {
                    await();
                }
                if (ended) {
                    throw new IOException("the client is gone");
                }
                call.sendMessage(encoded);
            }
        }

        private void await() throws IOException {
            try {
                lock.wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for the client", e);
            }
        }

        @Override
        public void closed() {
            // The bus may close a subscription on its own account when the agent stops.
            shutdown();
            streams.release(EventStream.this);
        }
    }
}
