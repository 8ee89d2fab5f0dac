// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A request as it came: the message, or nothing where the bytes are none. The library takes such bytes for a failure of the
 * server's, says so in its log, and tells the client nothing; this answers INVALID_ARGUMENT.
 */
record CheckedRequest<Q>(@Nullable Q message) {
    /** Defines a method that no broken request reaches. */
    static <Q, A> ServerMethodDefinition<CheckedRequest<Q>, A> method(
            MethodDescriptor<Q, A> method, ServerCallHandler<Q, A> handler) {
        MethodDescriptor<CheckedRequest<Q>, A> checked = method
                .toBuilder(new Marshaller<>(method.getRequestMarshaller()), method.getResponseMarshaller()).build();
        return ServerMethodDefinition.create(checked, new Handler<>(handler));
    }

    private record Marshaller<Q>(MethodDescriptor.Marshaller<Q> messages)
            implements MethodDescriptor.Marshaller<CheckedRequest<Q>> {
        @Override
        public InputStream stream(CheckedRequest<Q> request) {
            return messages.stream(request.message());
        }

        @Override
        public CheckedRequest<Q> parse(InputStream stream) {
            try {
                return new CheckedRequest<>(messages.parse(stream));
            } catch (StatusRuntimeException e) {
                return new CheckedRequest<>(null);
            }
        }
    }

    private record Handler<Q, A>(ServerCallHandler<Q, A> handler) implements ServerCallHandler<CheckedRequest<Q>, A> {
        /** A call sends answers only; of what is asked its listener knows. */
        @SuppressWarnings("unchecked")
        @Override
        public ServerCall.Listener<CheckedRequest<Q>> startCall(ServerCall<CheckedRequest<Q>, A> call, Metadata headers) {
            return new Listener<>(handler.startCall((ServerCall<Q, A>) (ServerCall<?, A>) call, headers), call);
        }
    }

    private static final class Listener<Q> extends ServerCall.Listener<CheckedRequest<Q>> {
        private final ServerCall.Listener<Q> listener;
        private final ServerCall<?, ?> call;
        private boolean refused;

        Listener(ServerCall.Listener<Q> listener, ServerCall<?, ?> call) {
            this.listener = listener;
            this.call = call;
        }

        @Override
        public void onMessage(CheckedRequest<Q> request) {
            Q message = request.message();
            if (message != null) {
                listener.onMessage(message);
            } else if (!refused) {
                refused = true;
                call.close(Status.INVALID_ARGUMENT.withDescription(
                        call.getMethodDescriptor().getBareMethodName() + ": the request is cut short or damaged"), new Metadata());
            }
        }

        @Override
        public void onHalfClose() {
            if (!refused) {
                listener.onHalfClose();
            }
        }

        @Override
        public void onCancel() {
            listener.onCancel();
        }

        @Override
        public void onComplete() {
            listener.onComplete();
        }

        @Override
        public void onReady() {
            listener.onReady();
        }
    }
}
