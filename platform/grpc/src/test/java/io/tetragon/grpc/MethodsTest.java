// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Int64Value;
import com.google.protobuf.StringValue;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import io.tetragon.core.SensorStatus.State;
import io.tetragon.proto.AddTracingPolicyRequest;
import io.tetragon.proto.ConfigFlag;
import io.tetragon.proto.DisableSensorRequest;
import io.tetragon.proto.EnableSensorRequest;
import io.tetragon.proto.EventLogServiceGrpc;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetDebugRequest;
import io.tetragon.proto.GetHealthStatusRequest;
import io.tetragon.proto.GetInfoRequest;
import io.tetragon.proto.GetInfoResponse;
import io.tetragon.proto.GetVersionRequest;
import io.tetragon.proto.HealthStatus;
import io.tetragon.proto.HealthStatusResult;
import io.tetragon.proto.HealthStatusType;
import io.tetragon.proto.ListSensorsRequest;
import io.tetragon.proto.LogLevel;
import io.tetragon.proto.RemoveSensorRequest;
import io.tetragon.proto.SensorStatus;
import io.tetragon.proto.SetDebugRequest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@SuppressWarnings("deprecation") // the sensor calls
class MethodsTest {
    private static final Set<String> BUILT = Set.of(
            "GetEvents", "GetHealth", "GetVersion", "GetInfo",
            "ListSensors", "EnableSensor", "DisableSensor", "RemoveSensor", "GetDebug", "SetDebug",
            "AddTracingPolicy", "DeleteTracingPolicy", "ListTracingPolicies", "EnableTracingPolicy",
            "DisableTracingPolicy", "ConfigureTracingPolicy", "ListDomains", "RuntimeHook");

    @TempDir
    Path directory;

    private Rig rig;
    private ManagedChannel channel;
    private FineGuidanceSensorsGrpc.FineGuidanceSensorsBlockingStub stub;

    @BeforeEach
    void start() throws Exception {
        rig = new Rig(directory);
        channel = rig.unix();
        stub = FineGuidanceSensorsGrpc.newBlockingStub(channel);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @Test
    void theAgentIsHealthyAndHasAVersion() {
        HealthStatus running = HealthStatus.newBuilder()
                .setEvent(HealthStatusType.HEALTH_STATUS_TYPE_STATUS)
                .setStatus(HealthStatusResult.HEALTH_STATUS_RUNNING)
                .setDetails("running")
                .build();
        assertEquals(
                List.of(running),
                stub.getHealth(GetHealthStatusRequest.getDefaultInstance()).getHealthStatusList());
        assertEquals(
                List.of(running),
                stub.getHealth(GetHealthStatusRequest.newBuilder()
                                .addEventSet(HealthStatusType.HEALTH_STATUS_TYPE_STATUS)
                                .build())
                        .getHealthStatusList());
        assertEquals("v1.2.3", stub.getVersion(GetVersionRequest.getDefaultInstance()).getVersion());
    }

    @Test
    void infoHasProbesFlagsAndBuild() {
        GetInfoResponse info = stub.getInfo(GetInfoRequest.getDefaultInstance());
        assertEquals("tetragon v1.2.3", info.getName() + " " + info.getVersion());
        assertEquals(
                Map.of("ring_buffer", true, "bpf_loop", false),
                info.getProbesList().stream().collect(
                        Collectors.toMap(GetInfoResponse.Probe::getName, probe -> probe.getEnabled().getValue())));
        assertEquals(
                Map.of(
                        "debug", Any.pack(BoolValue.of(false)),
                        "rb-size", Any.pack(Int64Value.of(65536)),
                        "export-filename", Any.pack(StringValue.of("/a")),
                        "kernel-types", Any.pack(StringValue.of("a,b"))),
                info.getConfList().stream().collect(
                        Collectors.toMap(GetInfoResponse.ConfVal::getKey, GetInfoResponse.ConfVal::getValue)));
        assertEquals("abc", info.getBuild().getCommit());
        assertEquals("java" + System.getProperty("java.version"), info.getBuild().getGoVersion());
    }

    @Test
    void sensorsAreListedWithTheirStateOrReason() {
        rig.sensors.bundleInstalled("exec", "exec 0.1.0", State.ATTACHED);
        rig.sensors.bundleInstalled("loader", "loader 0.1.0", State.RESOLVED);
        rig.sensors.bundleFailed("broken.jar", "broken.jar", "zip file is empty");
        assertEquals(
                List.of(
                        sensor("broken.jar", false, "error: zip file is empty"),
                        sensor("exec", true, "attached"),
                        sensor("loader", false, "resolved")),
                stub.listSensors(ListSensorsRequest.getDefaultInstance()).getSensorsList());
    }

    @Test
    void sensorsAreEnabledDisabledAndRemoved() {
        rig.sensors.bundleInstalled("exec", "exec 0.1.0", State.RESOLVED);
        stub.enableSensor(EnableSensorRequest.newBuilder().setName("exec").build());
        assertEquals(State.ATTACHED, rig.sensors.list().get(0).state());
        stub.disableSensor(DisableSensorRequest.newBuilder().setName("exec").build());
        assertEquals(State.DISABLED, rig.sensors.list().get(0).state());
        stub.removeSensor(RemoveSensorRequest.newBuilder().setName("exec").build());
        assertEquals(List.of(), rig.sensors.list());
    }

    @Test
    void failuresHaveTheStatusOfTheirKind() {
        rig.sensors.bundleFailed("broken", "broken.jar", "no");
        assertStatus(Status.Code.NOT_FOUND, "sensor nope: there is none of that name",
                () -> stub.enableSensor(EnableSensorRequest.newBuilder().setName("nope").build()));
        assertStatus(Status.Code.FAILED_PRECONDITION, "load sensor broken: the kernel lacks it (upgrade)",
                () -> stub.enableSensor(EnableSensorRequest.newBuilder().setName("broken").build()));
        assertStatus(Status.Code.INVALID_ARGUMENT, "sensor: the name is empty (see the list of sensors)",
                () -> stub.removeSensor(RemoveSensorRequest.getDefaultInstance()));
    }

    @Test
    void theLogLevelIsReadAndSwitched() {
        GetDebugRequest get = GetDebugRequest.newBuilder().setFlag(ConfigFlag.CONFIG_FLAG_LOG_LEVEL).build();
        SetDebugRequest set = SetDebugRequest.newBuilder()
                .setFlag(ConfigFlag.CONFIG_FLAG_LOG_LEVEL)
                .setLevel(LogLevel.LOG_LEVEL_DEBUG)
                .build();
        assertEquals(LogLevel.LOG_LEVEL_INFO, stub.getDebug(get).getLevel());
        assertEquals(LogLevel.LOG_LEVEL_DEBUG, stub.setDebug(set).getLevel());
        assertEquals(LogLevel.LOG_LEVEL_DEBUG, stub.getDebug(get).getLevel());
        assertStatus(Status.Code.INVALID_ARGUMENT, "SetDebug: it has no level that is known (set level)",
                () -> stub.setDebug(set.toBuilder().clearLevel().build()));
    }

    @Test
    void everyOtherMethodSaysThatItIsNotBuilt() {
        Set<String> notBuilt = new TreeSet<>();
        for (ServiceDescriptor service :
                List.of(FineGuidanceSensorsGrpc.getServiceDescriptor(), EventLogServiceGrpc.getServiceDescriptor())) {
            for (MethodDescriptor<?, ?> method : service.getMethods()) {
                String name = String.valueOf(method.getBareMethodName());
                if (!BUILT.contains(name)) {
                    assertStatus(Status.Code.UNIMPLEMENTED, name + " is not built in this version", () -> call(method));
                    notBuilt.add(name);
                }
            }
        }
        assertTrue(notBuilt.contains("SetEventLogParams"), "" + notBuilt);
    }

    @Test
    void anOversizedRequestIsRefused() {
        assertStatus(Status.Code.RESOURCE_EXHAUSTED, "gRPC message exceeds maximum size 4194304",
                () -> stub.addTracingPolicy(AddTracingPolicyRequest.newBuilder()
                        .setYaml("x".repeat(5 * 1024 * 1024))
                        .build()));
    }

    @Test
    void aBrokenRequestIsTheClientsFault() {
        for (MethodDescriptor<?, ?> method : FineGuidanceSensorsGrpc.getServiceDescriptor().getMethods()) {
            if (BUILT.contains(String.valueOf(method.getBareMethodName()))) {
                assertStatus(Status.Code.INVALID_ARGUMENT,
                        method.getBareMethodName() + ": the request is cut short or damaged", () -> callBroken(method));
            }
        }
        assertEquals("v1.2.3", stub.getVersion(GetVersionRequest.getDefaultInstance()).getVersion());
    }

    @Test
    void theHealthServiceServesLiveness() {
        java.net.InetSocketAddress address = rig.server.healthAddress();
        HealthGrpc.HealthBlockingStub health = HealthGrpc.newBlockingStub(rig.channel(address));
        assertEquals(ServingStatus.SERVING,
                health.check(HealthCheckRequest.newBuilder().setService("liveness").build()).getStatus());
        assertStatus(Status.Code.NOT_FOUND, "unknown service",
                () -> health.check(HealthCheckRequest.newBuilder().setService("other").build()));
    }

    private <Q, A> void call(MethodDescriptor<Q, A> method) {
        // An empty message is a valid one of any type.
        Q empty = method.parseRequest(new ByteArrayInputStream(new byte[0]));
        ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, empty);
    }

    private <A> void callBroken(MethodDescriptor<?, A> method) {
        MethodDescriptor.Marshaller<byte[]> bytes = new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(byte[] value) {
                return new ByteArrayInputStream(value);
            }

            @Override
            public byte[] parse(InputStream stream) {
                throw new IllegalStateException("a client parses no requests");
            }
        };
        // The first field claims more bytes than there are.
        ClientCalls.blockingServerStreamingCall(channel, method.toBuilder(bytes, method.getResponseMarshaller())
                .setType(MethodDescriptor.MethodType.SERVER_STREAMING).build(), CallOptions.DEFAULT, new byte[] {10, 127, 1})
                .forEachRemaining(answer -> {});
    }

    private static SensorStatus sensor(String name, boolean enabled, String collection) {
        return SensorStatus.newBuilder().setName(name).setEnabled(enabled).setCollection(collection).build();
    }

    private static void assertStatus(Status.Code code, String description, Runnable call) {
        Status status = assertThrows(StatusRuntimeException.class, call::run).getStatus();
        assertEquals(code, status.getCode(), status.toString());
        assertTrue(String.valueOf(status.getDescription()).startsWith(description), status.toString());
    }
}
