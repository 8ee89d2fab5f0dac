// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.deploy;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.Timeouts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A client of the agent's socket that shares no class with the agent: messages are taken apart by their field numbers, so
 * this also breaks when those change. For use by any thread.
 */
final class SensorClient implements AutoCloseable {
    private static final String SERVICE = "tetragon.FineGuidanceSensors/";

    /** A line of the list of sensors. */
    record Sensor(String name, boolean enabled, String collection) {}

    private final EventLoopGroup threads = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final ManagedChannel channel;

    SensorClient(AgentProcess agent) {
        UnixDomainSocketAddress socket =
                UnixDomainSocketAddress.of(agent.runDir().resolve("tetragon.sock"));
        channel = NettyChannelBuilder.forAddress(socket)
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .overrideAuthority("localhost")
                .eventLoopGroup(threads)
                .usePlaintext()
                .build();
    }

    List<Sensor> list() {
        return fields(call("ListSensors", new byte[0])).getField(1).getLengthDelimitedList().stream()
                .map(bytes -> sensor(fields(bytes.toByteArray())))
                .toList();
    }

    Optional<Sensor> find(String name) {
        return list().stream().filter(sensor -> sensor.name().equals(name)).findFirst();
    }

    /** Waits until the sensor is listed as attached; tells the list when that does not happen. */
    void awaitAttached(String name) {
        await(name + " to be attached", () -> find(name).filter(Sensor::enabled).isPresent());
    }

    /** Waits until no sensor or file of this name is listed. */
    void awaitGone(String name) {
        await(name + " to be gone", () -> find(name).isEmpty());
    }

    private void await(String what, BooleanSupplier condition) {
        if (!Timeouts.await(Timeouts.event(), condition)) {
            throw new AssertionError("waited for " + what + ", but the list is " + list());
        }
    }

    void enable(String name) {
        call("EnableSensor", text(1, name));
    }

    void disable(String name) {
        call("DisableSensor", text(1, name));
    }

    /** Opens a stream of all events. */
    EventStream events() {
        EventStream stream = new EventStream();
        ClientCalls.asyncServerStreamingCall(
                channel.newCall(
                        method("GetEvents", MethodDescriptor.MethodType.SERVER_STREAMING), CallOptions.DEFAULT),
                new byte[0],
                stream);
        return stream;
    }

    @Override
    public void close() {
        channel.shutdownNow();
        threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private byte[] call(String name, byte[] request) {
        return ClientCalls.blockingUnaryCall(
                channel,
                method(name, MethodDescriptor.MethodType.UNARY),
                CallOptions.DEFAULT.withDeadlineAfter(Timeouts.action().toMillis(), TimeUnit.MILLISECONDS),
                request);
    }

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodDescriptor.MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder()
                .setFullMethodName(SERVICE + name)
                .setType(type)
                .setRequestMarshaller(Bytes.INSTANCE)
                .setResponseMarshaller(Bytes.INSTANCE)
                .build();
    }

    private static Sensor sensor(UnknownFieldSet fields) {
        return new Sensor(text(fields, 1), fields.getField(2).getVarintList().contains(1L), text(fields, 3));
    }

    private static String text(UnknownFieldSet fields, int number) {
        return fields.getField(number).getLengthDelimitedList().stream()
                .findFirst()
                .map(bytes -> bytes.toStringUtf8())
                .orElse("");
    }

    private static byte[] text(int number, String value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            CodedOutputStream out = CodedOutputStream.newInstance(bytes);
            out.writeString(number, value);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static UnknownFieldSet fields(byte[] message) {
        try {
            return UnknownFieldSet.parseFrom(message);
        } catch (InvalidProtocolBufferException e) {
            throw new UncheckedIOException(e);
        }
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
