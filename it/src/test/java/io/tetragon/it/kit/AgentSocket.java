// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.TimeUnit;

/** A client of the agent's socket that shares no class with the agent: messages are bytes, see {@link Wire}. Thread-safe. */
public final class AgentSocket implements AutoCloseable {
    private static final String SERVICE = "tetragon.FineGuidanceSensors/";

    private final EventLoopGroup threads = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ManagedChannel channel;

    public AgentSocket(AgentProcess agent) {
        UnixDomainSocketAddress socket =
                UnixDomainSocketAddress.of(agent.runDir().resolve("tetragon.sock"));
        channel = NettyChannelBuilder.forAddress(socket)
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .overrideAuthority("localhost")
                .eventLoopGroup(threads)
                .usePlaintext()
                .build();
    }

    /**
     * Makes a call and waits for its answer.
     *
     * @throws StatusRuntimeException if the agent refuses
     */
    public Wire call(String method, byte[] request) {
        return Wire.of(ClientCalls.blockingUnaryCall(
                channel,
                method(method, MethodDescriptor.MethodType.UNARY),
                CallOptions.DEFAULT.withDeadlineAfter(Timeouts.action().toMillis(), TimeUnit.MILLISECONDS),
                request));
    }

    /** Opens a stream of all events. */
    public void events(StreamObserver<byte[]> observer) {
        ClientCalls.asyncServerStreamingCall(
                channel.newCall(
                        method("GetEvents", MethodDescriptor.MethodType.SERVER_STREAMING), CallOptions.DEFAULT),
                new byte[0],
                observer);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setFullMethodName(SERVICE + name)
                .setType(type)
                .setRequestMarshaller(Bytes.INSTANCE)
                .setResponseMarshaller(Bytes.INSTANCE)
                .build();
    }

    private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
        INSTANCE;

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
