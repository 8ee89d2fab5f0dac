// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.tetragon.api.TetragonException;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetEventsRequest;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.LogLevel;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A real server on loopback and on a socket, and real clients of it; waiting is bounded, never timed. */
final class Rig implements AutoCloseable {
    static final int QUEUE = 100;
    static final int MAX_STREAMS = 4;
    private static final long PATIENCE_SECONDS = 30;

    final MemoryBus bus = new MemoryBus();
    final MemorySensors sensors = new MemorySensors();
    final MemoryPolicies policies = new MemoryPolicies();
    final MemoryContainers containers = new MemoryContainers();
    final GrpcServer server;
    final Path socket;
    private final EventLoopGroup clientThreads = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<ManagedChannel> channels = new ArrayList<>();

    Rig(Path directory) throws TetragonException {
        socket = directory.resolve("tetragon.sock");
        server = GrpcServer.start(
                new GrpcConfig("localhost:0", socket, "localhost:0", QUEUE, MAX_STREAMS), bus, sensors, policies,
                containers, info());
    }

    static AgentInfo info() {
        return new AgentInfo(
                "tetragon",
                "v1.2.3",
                AgentInfo.Build.of("abc", "2026-01-01T00:00:00Z", "false"),
                () -> Map.of("ring_buffer", true, "bpf_loop", false),
                () -> Map.of("debug", false, "rb-size", 65536L, "export-filename", "/a", "kernel-types", List.of("a", "b")),
                new LogControl() {
                    private volatile LogLevel level = LogLevel.LOG_LEVEL_INFO;

                    @Override
                    public LogLevel level() {
                        return level;
                    }

                    @Override
                    public void level(LogLevel wanted) {
                        level = wanted;
                    }
                });
    }

    ManagedChannel tcp() {
        SocketAddress address = server.tcpAddress();
        assertNotNull(address);
        return channel(address);
    }

    ManagedChannel unix() {
        return channel(UnixDomainSocketAddress.of(socket));
    }

    ManagedChannel channel(SocketAddress address) {
        ManagedChannel channel = NettyChannelBuilder.forAddress(address)
                .eventLoopGroup(clientThreads)
                .channelType(
                        address instanceof UnixDomainSocketAddress
                                ? NioDomainSocketChannel.class
                                : NioSocketChannel.class,
                        address.getClass())
                // gRPC sets it, Unix sockets lack it, and netty would warn of each client.
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .overrideAuthority("localhost")
                .usePlaintext()
                .build();
        channels.add(channel);
        return channel;
    }

    /** Opens a stream and returns when the server has subscribed it. */
    Stream stream(ManagedChannel channel, GetEventsRequest request) throws InterruptedException {
        Stream stream = new Stream(channel, request);
        assertTrue(stream.subscribed.await(PATIENCE_SECONDS, TimeUnit.SECONDS), "no headers came");
        return stream;
    }

    static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, what);
            Thread.sleep(2);
        }
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
        server.close();
        try {
            for (ManagedChannel channel : channels) {
                channel.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            clientThreads.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A client that receives only what it asked for. */
    static final class Stream extends ClientCall.Listener<GetEventsResponse> {
        final ClientCall<GetEventsRequest, GetEventsResponse> call;
        final CountDownLatch subscribed = new CountDownLatch(1);
        final BlockingQueue<GetEventsResponse> received = new LinkedBlockingQueue<>();
        private final CompletableFuture<Status> status = new CompletableFuture<>();

        Stream(ManagedChannel channel, GetEventsRequest request) {
            call = channel.newCall(FineGuidanceSensorsGrpc.getGetEventsMethod(), io.grpc.CallOptions.DEFAULT);
            call.start(this, new Metadata());
            call.sendMessage(request);
            call.halfClose();
        }

        Stream request(int count) {
            call.request(count);
            return this;
        }

        /** Returns the number of the next event. */
        long next() throws InterruptedException {
            @Nullable GetEventsResponse event = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertNotNull(event, "no event came");
            return event.getTime().getSeconds() * 1_000_000_000L + event.getTime().getNanos();
        }

        Status status() throws Exception {
            return status.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public void onHeaders(Metadata headers) {
            subscribed.countDown();
        }

        @Override
        public void onMessage(GetEventsResponse message) {
            received.add(message);
        }

        @Override
        public void onClose(Status end, Metadata trailers) {
            status.complete(end);
            subscribed.countDown();
        }
    }
}
