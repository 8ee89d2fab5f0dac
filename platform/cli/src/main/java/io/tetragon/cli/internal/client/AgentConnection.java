// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.client;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tetragon.cli.internal.CliException;
import io.tetragon.cli.internal.events.EventSink;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetEventsRequest;
import io.tetragon.proto.GetEventsResponse;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an agent; connects with the first call. One thread, the I/O thread, does
 * everything but wait; not for use by several threads.
 */
public final class AgentConnection implements AutoCloseable {
    private static final int PREFETCH = 64;
    /** The same request would be refused again. */
    private static final Set<Status.Code> REFUSALS =
            Set.of(
                    Status.Code.INVALID_ARGUMENT,
                    Status.Code.UNIMPLEMENTED,
                    Status.Code.PERMISSION_DENIED,
                    Status.Code.UNAUTHENTICATED,
                    Status.Code.FAILED_PRECONDITION);

    // Kept here because the log manager alone would forget the levels.
    private static final List<Logger> LIBRARIES =
            List.of(Logger.getLogger("io.grpc"), Logger.getLogger("io.netty"));

    private final ServerAddress address;
    private final Options options;
    private final EventLoopGroup group;
    private final ManagedChannel channel;

    /**
     * @param tls transport security
     * @param timeout of one call including its retries; a stream of events has none
     * @param retries how often a call is tried again while the agent is not reachable
     * @param maxReceiveSize bytes of the largest message accepted
     */
    public record Options(Tls tls, Duration timeout, int retries, int maxReceiveSize) {}

    /**
     * @throws CliException if the TLS flags cannot be used
     */
    public AgentConnection(ServerAddress address, Options options) throws CliException {
        this.address = address;
        this.options = options;
        NettyChannelBuilder builder = builder();
        if (options.tls.enabled()) {
            builder.sslContext(options.tls.context());
            if (!options.tls.serverName().isEmpty()) {
                builder.overrideAuthority(options.tls.serverName());
            }
        } else {
            builder.usePlaintext();
        }
        if (options.retries > 0) {
            builder
                    .enableRetry()
                    .maxRetryAttempts(options.retries + 1)
                    .defaultServiceConfig(retryPolicy(options.retries + 1));
        } else {
            builder.disableRetry();
        }
        group =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("tetra-io", true), NioIoHandler.newFactory());
        channel =
                builder
                        .eventLoopGroup(group)
                        .directExecutor()
                        .disableServiceConfigLookUp()
                        .maxInboundMessageSize(options.maxReceiveSize)
                        .userAgent("tetra")
                        .build();
    }

    /** Keeps what the libraries log off standard error, which is for one line. */
    public static void silenceLibraries() {
        LIBRARIES.forEach(logger -> logger.setLevel(Level.OFF));
    }

    private NettyChannelBuilder builder() {
        if (address.socket() == null) {
            return NettyChannelBuilder.forAddress(address.host(), address.port())
                    .channelType(NioSocketChannel.class);
        }
        UnixDomainSocketAddress socket = UnixDomainSocketAddress.of(address.socket());
        return NettyChannelBuilder.forAddress(socket)
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .overrideAuthority("localhost");
    }

    private static Map<String, ?> retryPolicy(int attempts) {
        Map<String, ?> policy =
                Map.of(
                        "maxAttempts", (double) attempts,
                        "initialBackoff", "1s",
                        "maxBackoff", "3600s",
                        "backoffMultiplier", 2.0,
                        "retryableStatusCodes", List.of("UNAVAILABLE"));
        return Map.of("methodConfig", List.of(Map.of("name", List.of(Map.of()), "retryPolicy", policy)));
    }

    /**
     * Makes a call and waits for its answer.
     *
     * @throws CliException if there is no answer, or the answer is an error
     */
    public <Q, A> A call(MethodDescriptor<Q, A> method, Q request) throws CliException {
        CallOptions deadline =
                CallOptions.DEFAULT.withDeadlineAfter(options.timeout.toNanos(), TimeUnit.NANOSECONDS);
        try {
            return ClientCalls.blockingUnaryCall(channel, method, deadline, request);
        } catch (StatusRuntimeException e) {
            throw explain(e.getStatus(), e);
        }
    }

    /**
     * Feeds events to the sink, in the I/O thread, until the agent ends the stream.
     *
     * @throws Lost if the agent goes away
     * @throws CliException if the agent refuses, or the sink throws it
     * @throws IOException if the sink throws it
     */
    public void stream(GetEventsRequest request, EventSink sink) throws CliException, IOException {
        ClientCall<GetEventsRequest, GetEventsResponse> call =
                channel.newCall(FineGuidanceSensorsGrpc.getGetEventsMethod(), CallOptions.DEFAULT);
        Listener listener = new Listener(call, sink);
        call.start(listener, new Metadata());
        call.request(PREFETCH);
        call.sendMessage(request);
        call.halfClose();
        Status status = await(listener.end, call);
        if (listener.failure instanceof CliException e) {
            throw e;
        }
        if (listener.failure instanceof IOException e) {
            throw e;
        }
        if (listener.failure instanceof RuntimeException e) {
            throw e;
        }
        if (!status.isOk()) {
            CliException why = explain(status, status.getCause());
            if (REFUSALS.contains(status.getCode())) {
                throw why;
            }
            throw new Lost(why);
        }
    }

    /** The stream ended because of the agent or the way to it; another attempt may succeed. */
    public static final class Lost extends IOException {
        private static final long serialVersionUID = 1L;

        Lost(CliException why) {
            super(why.getMessage(), why);
        }
    }

    private static Status await(CompletableFuture<Status> end, ClientCall<?, ?> call) {
        try {
            return end.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            call.cancel("interrupted", e);
            return Status.CANCELLED.withCause(e);
        } catch (ExecutionException never) {
            throw new IllegalStateException(never);
        }
    }

    private static final class Listener extends ClientCall.Listener<GetEventsResponse> {
        private final ClientCall<GetEventsRequest, GetEventsResponse> call;
        private final EventSink sink;
        private final CompletableFuture<Status> end = new CompletableFuture<>();
        // Published by completing `end`.
        private @Nullable Exception failure;

        Listener(ClientCall<GetEventsRequest, GetEventsResponse> call, EventSink sink) {
            this.call = call;
            this.sink = sink;
        }

        @Override
        public void onMessage(GetEventsResponse event) {
            if (failure != null) {
                return;
            }
            try {
                sink.accept(event);
                call.request(1);
            } catch (CliException | IOException | RuntimeException e) {
                failure = e;
                call.cancel("no more output", e);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            end.complete(status);
        }
    }

    private CliException explain(Status status, @Nullable Throwable cause) {
        String said = status.getDescription() == null ? "no reason given" : status.getDescription();
        String at = " at " + address.text();
        return new CliException(
                switch (status.getCode()) {
                    case UNAVAILABLE -> unavailable(status, said, at);
                    case DEADLINE_EXCEEDED ->
                            "the agent" + at + " did not answer within " + options.timeout.toMillis()
                                    + " ms: try again with a longer --timeout";
                    case UNIMPLEMENTED ->
                            "the agent" + at + " does not have this call (" + said + "): its version is another";
                    case RESOURCE_EXHAUSTED ->
                            "the answer of the agent" + at + " is too large (" + said
                                    + "): raise --max-recv-size";
                    default -> "the agent" + at + " refused with " + status.getCode() + ": " + said;
                },
                cause);
    }

    private static String unavailable(Status status, String said, String at) {
        Throwable root = status.getCause();
        boolean security = false;
        while (root != null) {
            security |= root instanceof SSLException || root instanceof GeneralSecurityException;
            if (root.getCause() == null) {
                break;
            }
            root = root.getCause();
        }
        String reason = root == null || root.getMessage() == null ? said : root.getMessage();
        return security
                ? "no TLS connection to the agent" + at + " (" + reason + "): check the --tls flags"
                : "no agent answers" + at + " (" + reason
                        + "): start it, or give its address with --server-address";
    }

    @Override
    public void close() {
        channel.shutdownNow();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
