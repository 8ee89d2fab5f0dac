// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.grpc.ServerServiceDefinition;
import io.tetragon.api.TetragonException;
import io.tetragon.core.PolicyFilter;
import io.tetragon.core.PolicyManager;
import io.tetragon.core.SensorManager;
import io.tetragon.core.SensorStatus;
import io.tetragon.grpc.AgentInfo;
import io.tetragon.proto.ConfigFlag;
import io.tetragon.proto.DisableSensorResponse;
import io.tetragon.proto.EnableSensorResponse;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetDebugRequest;
import io.tetragon.proto.GetDebugResponse;
import io.tetragon.proto.GetHealthStatusRequest;
import io.tetragon.proto.GetHealthStatusResponse;
import io.tetragon.proto.GetVersionResponse;
import io.tetragon.proto.HealthStatus;
import io.tetragon.proto.HealthStatusResult;
import io.tetragon.proto.HealthStatusType;
import io.tetragon.proto.ListSensorsResponse;
import io.tetragon.proto.LogLevel;
import io.tetragon.proto.RemoveSensorResponse;
import io.tetragon.proto.SetDebugRequest;
import io.tetragon.proto.SetDebugResponse;
import java.util.Locale;
import java.util.Set;

/** The methods of {@code FineGuidanceSensors} that are built. */
final class FineGuidance {
    /** Methods that wait for the kernel or a bundle; the others answer from what is in memory. */
    static final Set<String> SLOW = Set.of("EnableSensor", "DisableSensor", "RemoveSensor", "GetInfo", "RuntimeHook");

    private final SensorManager sensors;
    private final AgentInfo info;

    private FineGuidance(SensorManager sensors, AgentInfo info) {
        this.sensors = sensors;
        this.info = info;
    }

    @SuppressWarnings("deprecation") // the sensor calls are deprecated upstream and always work here
    static ServerServiceDefinition service(EventStreams streams, SensorManager sensors, PolicyManager policies,
            PolicyFilter containers, AgentInfo info) {
        FineGuidance self = new FineGuidance(sensors, info);
        ServiceTable service = new ServiceTable(FineGuidanceSensorsGrpc.getServiceDescriptor());
        return PolicyCalls.addTo(service, policies)
                .unary(FineGuidanceSensorsGrpc.getRuntimeHookMethod(), new RuntimeHooks(containers)::call)
                .method(EventStreams.METHOD, streams)
                .unary(FineGuidanceSensorsGrpc.getGetHealthMethod(), FineGuidance::health)
                .unary(FineGuidanceSensorsGrpc.getGetVersionMethod(), request -> self.version())
                .unary(FineGuidanceSensorsGrpc.getGetInfoMethod(), request -> InfoMessage.of(self.info))
                .unary(FineGuidanceSensorsGrpc.getListSensorsMethod(), request -> self.list())
                .unary(FineGuidanceSensorsGrpc.getEnableSensorMethod(), request -> {
                    self.sensors.enable(named(request.getName()));
                    return EnableSensorResponse.getDefaultInstance();
                })
                .unary(FineGuidanceSensorsGrpc.getDisableSensorMethod(), request -> {
                    self.sensors.disable(named(request.getName()));
                    return DisableSensorResponse.getDefaultInstance();
                })
                .unary(FineGuidanceSensorsGrpc.getRemoveSensorMethod(), request -> {
                    self.sensors.remove(named(request.getName()));
                    return RemoveSensorResponse.getDefaultInstance();
                })
                .unary(FineGuidanceSensorsGrpc.getGetDebugMethod(), self::getDebug)
                .unary(FineGuidanceSensorsGrpc.getSetDebugMethod(), self::setDebug)
                .build();
    }

    private GetDebugResponse getDebug(GetDebugRequest request) throws TetragonException {
        requireLogLevel("GetDebug", request.getFlag());
        return GetDebugResponse.newBuilder().setFlag(request.getFlag()).setLevel(info.log().level()).build();
    }

    private SetDebugResponse setDebug(SetDebugRequest request) throws TetragonException {
        requireLogLevel("SetDebug", request.getFlag());
        if (!request.hasLevel() || request.getLevel() == LogLevel.UNRECOGNIZED) {
            throw new TetragonException(
                    TetragonException.Kind.INVALID_ARGUMENT, "SetDebug", "it has no level that is known", "set level");
        }
        info.log().level(request.getLevel());
        return SetDebugResponse.newBuilder().setFlag(request.getFlag()).setLevel(info.log().level()).build();
    }

    private static void requireLogLevel(String method, ConfigFlag flag) throws TetragonException {
        if (flag != ConfigFlag.CONFIG_FLAG_LOG_LEVEL) {
            throw new TetragonException(
                    TetragonException.Kind.UNSUPPORTED, method, "it is built for the log level only in this version", "");
        }
    }

    /** An agent that answers runs. Types that are asked for and unknown have no status. */
    private static GetHealthStatusResponse health(GetHealthStatusRequest request) {
        GetHealthStatusResponse.Builder response = GetHealthStatusResponse.newBuilder();
        if (request.getEventSetCount() == 0
                || request.getEventSetList().contains(HealthStatusType.HEALTH_STATUS_TYPE_STATUS)) {
            response.addHealthStatus(HealthStatus.newBuilder()
                    .setEvent(HealthStatusType.HEALTH_STATUS_TYPE_STATUS)
                    .setStatus(HealthStatusResult.HEALTH_STATUS_RUNNING)
                    .setDetails("running"));
        }
        return response.build();
    }

    private GetVersionResponse version() {
        return GetVersionResponse.newBuilder().setVersion(info.version()).build();
    }

    private ListSensorsResponse list() {
        ListSensorsResponse.Builder response = ListSensorsResponse.newBuilder();
        for (SensorStatus sensor : sensors.list()) {
            response.addSensors(io.tetragon.proto.SensorStatus.newBuilder()
                    .setName(sensor.name())
                    .setEnabled(sensor.state() == SensorStatus.State.ATTACHED)
                    .setCollection(collection(sensor)));
        }
        return response.build();
    }

    /** The message has no member for a state or a reason; this one is free text. */
    private static String collection(SensorStatus sensor) {
        return sensor.state() == SensorStatus.State.ERROR
                ? "error: " + sensor.reason()
                : sensor.state().name().toLowerCase(Locale.ROOT);
    }

    private static String named(String name) throws TetragonException {
        if (name.isEmpty()) {
            throw new TetragonException(
                    TetragonException.Kind.INVALID_ARGUMENT, "sensor", "the name is empty", "see the list of sensors");
        }
        return name;
    }
}
