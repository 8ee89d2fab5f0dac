// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UInt32Value;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.KprobeAction;
import io.tetragon.proto.KprobeArgument;
import io.tetragon.proto.Process;
import io.tetragon.proto.ProcessKprobe;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EventJsonTest {
    static Stream<Arguments> messages() {
        return Stream.of(
                Arguments.of("nothing", Process.getDefaultInstance(), "{}"),
                Arguments.of(
                        "a wrapper of zero",
                        Process.newBuilder().setUid(UInt32Value.of(0)).build(),
                        "{\"uid\":0}"),
                Arguments.of(
                        "an unsigned wrapper",
                        Process.newBuilder().setAuid(UInt32Value.of(-1)).build(),
                        "{\"auid\":4294967295}"),
                Arguments.of(
                        "a zero member of a oneof",
                        KprobeArgument.newBuilder().setSizeArg(0).build(),
                        "{\"size_arg\":\"0\"}"),
                Arguments.of(
                        "64 bits",
                        KprobeArgument.newBuilder().setSizeArg(-1).build(),
                        "{\"size_arg\":\"18446744073709551615\"}"),
                Arguments.of(
                        "64 bits with sign",
                        KprobeArgument.newBuilder().setLongArg(-1).build(),
                        "{\"long_arg\":\"-1\"}"),
                Arguments.of(
                        "bytes",
                        KprobeArgument.newBuilder().setBytesArg(ByteString.fromHex("fbff")).build(),
                        "{\"bytes_arg\":\"+/8=\"}"),
                Arguments.of(
                        "the label after the value, as declared",
                        KprobeArgument.newBuilder().setLabel("l").setIntArg(1).build(),
                        "{\"int_arg\":1,\"label\":\"l\"}"),
                Arguments.of(
                        "enums by name",
                        ProcessKprobe.newBuilder().setAction(KprobeAction.KPROBE_ACTION_POST).build(),
                        "{\"action\":\"KPROBE_ACTION_POST\"}"),
                Arguments.of(
                        "unknown enums by number",
                        ProcessKprobe.newBuilder().setActionValue(99).build(),
                        "{\"action\":99}"),
                Arguments.of(
                        "the event before the node name, maps by key",
                        GetEventsResponse.newBuilder()
                                .setNodeName("n")
                                .putNodeLabels("b", "2")
                                .putNodeLabels("a", "1")
                                .setTest(io.tetragon.proto.Test.getDefaultInstance())
                                .build(),
                        "{\"test\":{},\"node_name\":\"n\",\"node_labels\":{\"a\":\"1\",\"b\":\"2\"}}"),
                Arguments.of(
                        "strings escaped no more than needed",
                        Process.newBuilder().setArguments("=<>&'/\u007f\u2028é😀\"\\\b\f\n\r\t\u0001\u001f").build(),
                        "{\"arguments\":\"=<>&'/\u007f\u2028é😀\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\"}"),
                Arguments.of("whole seconds", time(0), "\"1970-01-01T00:00:01Z\""),
                Arguments.of("milliseconds", time(120_000_000), "\"1970-01-01T00:00:01.120Z\""),
                Arguments.of("microseconds", time(1_000), "\"1970-01-01T00:00:01.000001Z\""),
                Arguments.of("nanoseconds", time(1), "\"1970-01-01T00:00:01.000000001Z\""));
    }

    private static Timestamp time(int nanos) {
        return Timestamp.newBuilder().setSeconds(1).setNanos(nanos).build();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("messages")
    void writes(String what, Message message, String json) {
        StringBuilder out = new StringBuilder();
        EventJson.write(message, out);
        assertEquals(json, out.toString());
    }
}
