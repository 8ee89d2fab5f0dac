// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.DoubleValue;
import com.google.protobuf.Int64Value;
import com.google.protobuf.Message;
import com.google.protobuf.StringValue;
import io.tetragon.grpc.AgentInfo;
import io.tetragon.proto.GetInfoResponse;
import java.time.Duration;
import java.util.Collection;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Builds the answer to GetInfo. */
final class InfoMessage {
    private InfoMessage() {}

    static GetInfoResponse of(AgentInfo info) {
        GetInfoResponse.Builder response = GetInfoResponse.newBuilder()
                .setName(info.name())
                .setVersion(info.version())
                .setBuild(GetInfoResponse.BuildInfo.newBuilder()
                        .setGoVersion(info.build().runtime())
                        .setCommit(info.build().commit())
                        .setTime(info.build().time())
                        .setModified(info.build().modified()));
        new TreeMap<>(info.probes().get()).forEach((name, present) -> response.addProbes(
                GetInfoResponse.Probe.newBuilder().setName(name).setEnabled(BoolValue.of(present))));
        new TreeMap<String, Object>(info.flags().get()).forEach((flag, value) -> response.addConf(
                GetInfoResponse.ConfVal.newBuilder().setKey(flag).setValue(Any.pack(wrap(value)))));
        return response.build();
    }

    private static Message wrap(Object value) {
        if (value instanceof Boolean flag) {
            return BoolValue.of(flag);
        }
        if (value instanceof Integer || value instanceof Long) {
            return Int64Value.of(((Number) value).longValue());
        }
        if (value instanceof Double number) {
            return DoubleValue.of(number);
        }
        if (value instanceof Duration time) {
            return com.google.protobuf.Duration.newBuilder()
                    .setSeconds(time.getSeconds())
                    .setNanos(time.getNano())
                    .build();
        }
        if (value instanceof Collection<?> list) {
            return StringValue.of(list.stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        return StringValue.of(String.valueOf(value));
    }
}
