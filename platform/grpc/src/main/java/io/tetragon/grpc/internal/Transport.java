// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.tetragon.api.TetragonException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What all listeners share: threads, buffers and limits. Every number is there to keep the agent small, whatever its clients
 * do.
 */
final class Transport implements AutoCloseable {
    /** Network threads; one more than needed for throughput, so that a busy stream does not hold up a health check. */
    private static final int NETWORK_THREADS = 2;

    /** Threads for calls, which end when idle; events do not pass through them. */
    private static final int CALL_THREADS = 3;

    /** Policies are the greatest requests. */
    private static final int MAX_REQUEST_BYTES = 4 * 1024 * 1024;

    private static final int MAX_METADATA_BYTES = 16 * 1024;
    private static final int MAX_CALLS_PER_CONNECTION = 100;

    private static final long KEEPALIVE_SECONDS = 60;
    private static final long KEEPALIVE_TIMEOUT_SECONDS = 20;
    private static final long PERMITTED_KEEPALIVE_SECONDS = 10;
    private static final long HANDSHAKE_SECONDS = 10;
    private static final long IDLE_MINUTES = 5;

    /** How long clients may take to read what they were told last. */
    private static final long GRACE_MILLIS = 200;

    /**
     * They log a stack trace for each client that misbehaves or breaks off, so anybody who may connect could fill the agent's
     * log. The references keep the levels: loggers nobody refers to are collected.
     */
    private static final List<Logger> LIBRARIES = List.of(Logger.getLogger("io.grpc"), Logger.getLogger("io.netty"));

    private final EventLoopGroup network;
    private final ThreadPoolExecutor calls;
    private final ThreadPoolExecutor slowCalls;
    private final ByteBufAllocator buffers;
    private final List<Server> servers = new ArrayList<>();

    Transport() {
        for (Logger library : LIBRARIES) {
            if (library.getLevel() == null) {
                library.setLevel(Level.SEVERE);
            }
        }
        network = new MultiThreadIoEventLoopGroup(NETWORK_THREADS, threads("grpc-net"), NioIoHandler.newFactory());
        calls = pool(CALL_THREADS, "grpc-call");
        // Changes are serialised behind the calls: one waits for the kernel, the other one's user gets an answer meanwhile.
        slowCalls = pool(2, "grpc-slow");
        // netty's default arenas reserve 4 MiB chunks per core; one arena of 256 KiB chunks serves a few local clients.
        buffers = new PooledByteBufAllocator(true, 1, 1, 8192, 5, 64, 16, false);
    }

    /** Starts to listen and returns the server, which this transport closes. */
    Server listen(SocketAddress address, ServerServiceDefinition... services) throws TetragonException {
        Class<? extends ServerChannel> channel = address instanceof UnixDomainSocketAddress
                ? NioServerDomainSocketChannel.class
                : NioServerSocketChannel.class;
        NettyServerBuilder builder = NettyServerBuilder.forAddress(address, InsecureServerCredentials.create())
                .channelType(channel)
                .bossEventLoopGroup(network)
                .workerEventLoopGroup(network)
                .withChildOption(ChannelOption.ALLOCATOR, buffers)
                .executor(calls)
                .callExecutor(new ByMethod())
                .maxInboundMessageSize(MAX_REQUEST_BYTES)
                .maxInboundMetadataSize(MAX_METADATA_BYTES)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
                .maxConnectionIdle(IDLE_MINUTES, TimeUnit.MINUTES)
                .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveTime(PERMITTED_KEEPALIVE_SECONDS, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true);
        if (address instanceof UnixDomainSocketAddress) {
            removeOption(builder, ChannelOption.SO_KEEPALIVE);
        }
        for (ServerServiceDefinition service : services) {
            builder.addService(service);
        }
        try {
            Server server = builder.build().start();
            servers.add(server);
            return server;
        } catch (IOException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new TetragonException(
                    TetragonException.Kind.FAILED_PRECONDITION,
                    "listen on " + address,
                    String.valueOf(cause.getMessage()),
                    "choose another address or stop the process that uses it",
                    e);
        }
    }

    /** gRPC sets options that Unix sockets do not have, and netty warns of each on every connection. */
    @SuppressWarnings({"DataFlowIssue", "NullAway"}) // null is netty's word for removing an option
    private static void removeOption(NettyServerBuilder builder, ChannelOption<?> option) {
        builder.withChildOption(option, null);
    }

    /** Stops listening at once, and everything else after a short grace. */
    @Override
    public void close() {
        servers.forEach(Server::shutdown);
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GRACE_MILLIS);
        try {
            for (Server server : servers) {
                server.awaitTermination(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        servers.forEach(Server::shutdownNow);
        servers.clear();
        network.shutdownGracefully(0, GRACE_MILLIS, TimeUnit.MILLISECONDS);
        calls.shutdown();
        slowCalls.shutdown();
    }

    private static ThreadPoolExecutor pool(int size, String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                size, size, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads(name));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory threads(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    /** Keeps the threads of quick calls free of those that wait for the kernel. */
    private final class ByMethod implements ServerCallExecutorSupplier {
        @Override
        public <Q, A> Executor getExecutor(ServerCall<Q, A> call, Metadata metadata) {
            String method = call.getMethodDescriptor().getBareMethodName();
            return method != null && (FineGuidance.SLOW.contains(method) || PolicyCalls.SLOW.contains(method))
                    ? slowCalls : calls;
        }
    }
}
