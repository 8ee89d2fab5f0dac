// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.StatusException;
import io.tetragon.api.TetragonException;
import io.tetragon.api.listener.EventBus;
import io.tetragon.api.listener.EventListener;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.listener.SubscriptionRequest;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetEventsRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Handles GetEvents: knows the open streams, bounds their number and ends them with the agent. */
final class EventStreams implements ServerCallHandler<GetEventsRequest, EncodedEvent> {
    /** GetEvents with responses that are encoded already. */
    static final MethodDescriptor<GetEventsRequest, EncodedEvent> METHOD = FineGuidanceSensorsGrpc.getGetEventsMethod()
            .toBuilder(FineGuidanceSensorsGrpc.getGetEventsMethod().getRequestMarshaller(), new EncodedEvent.Marshaller())
            .build();

    private final EventBus events;
    private final int queueSize;
    private final int maxStreams;
    private final Set<EventStream> open = new HashSet<>();
    private long opened;
    private boolean closing;

    EventStreams(EventBus events, int queueSize, int maxStreams) {
        this.events = events;
        this.queueSize = queueSize;
        this.maxStreams = maxStreams;
    }

    @Override
    public ServerCall.Listener<GetEventsRequest> startCall(
            ServerCall<GetEventsRequest, EncodedEvent> call, Metadata headers) {
        EventStream stream = new EventStream(this, call);
        // A second message is asked for so that a client that sends one is found out.
        call.request(2);
        return stream;
    }

    /**
     * Subscribes a stream, which is given back by {@link #release}, also when the bus refuses it.
     *
     * @throws StatusException if no stream is taken now; there is nothing to give back then
     */
    Subscription subscribe(EventStream stream, GetEventsRequest request, EventListener listener)
            throws TetragonException, StatusException {
        String name = "grpc-" + admit(stream);
        SubscriptionRequest subscription = new SubscriptionRequest(
                name, queueSize, request.getAllowListList(), request.getDenyListList(), request.getFieldFiltersList(), -1);
        return events.subscribe(subscription, listener);
    }

    private synchronized long admit(EventStream stream) throws StatusException {
        if (closing) {
            throw Statuses.SHUTTING_DOWN.asException();
        }
        if (open.size() >= maxStreams) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription("GetEvents: " + open.size() + " streams are open, no more are allowed (end another)")
                    .asException();
        }
        open.add(stream);
        return ++opened;
    }

    synchronized void release(EventStream stream) {
        open.remove(stream);
    }

    /** Ends every stream with UNAVAILABLE and refuses new ones. Returns when no event is on its way any more. */
    void shutdown() {
        List<EventStream> last;
        synchronized (this) {
            closing = true;
            last = List.copyOf(open);
        }
        // Told first, closed afterwards: a stream that is told delivers nothing more, so no close waits for a client.
        last.forEach(EventStream::shutdown);
        last.forEach(EventStream::unsubscribe);
    }
}
