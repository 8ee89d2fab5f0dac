// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.event;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.BoolValue;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UInt32Value;
import io.tetragon.api.Node;
import io.tetragon.api.process.BinaryProperties;
import io.tetragon.proto.Capabilities;
import io.tetragon.proto.CapabilitiesType;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.Process;
import io.tetragon.proto.ProcessExec;
import io.tetragon.proto.ProcessPrivilegesChanged;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the writer writes is, byte for byte, what protobuf itself writes. */
class ProtoWriterTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 60, 61, 62, 63, 64, 100, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 16370,
        16374, 16375, 16376, 16377, 16378, 16379, 16380, 16381, 16382, 16383, 16384, 16385, 70_000, 2_097_151, 2_097_152})
    void nestedMessagesOfEveryLengthOfLength(int size) {
        String text = "x".repeat(size);
        ProtoWriter out = new ProtoWriter(0);
        int exec = out.begin(1);
        int process = out.begin(1);
        out.string(4, text).string(5, "behind");
        int cap = out.begin(14);
        int list = out.begin(2);
        out.packed(CapabilitiesType.CAP_BPF_VALUE);
        out.end(list).end(cap).end(process);
        int parent = out.begin(2);
        out.string(6, text).end(parent).end(exec);
        out.string(1000, "node");

        assertArrayEquals(GetEventsResponse.newBuilder().setNodeName("node").setProcessExec(ProcessExec.newBuilder()
                .setProcess(Process.newBuilder().setCwd(text).setBinary("behind")
                        .setCap(Capabilities.newBuilder().addEffective(CapabilitiesType.CAP_BPF)))
                .setParent(Process.newBuilder().setArguments(text))).build().toByteArray(), out.toByteArray());
    }

    @Test
    void wrappersAppearEvenWhenTheyHoldZero() throws InvalidProtocolBufferException {
        ProtoWriter out = new ProtoWriter(0);
        out.wrapper(2, 0).wrapper(3, 0).wrapper(9, 0xFFFF_FFFFL).wrapper(20, 0);
        Process read = Process.parseFrom(out.toByteArray());
        assertEquals(Process.newBuilder().setPid(UInt32Value.of(0)).setUid(UInt32Value.of(0))
                .setAuid(UInt32Value.of(-1)).setInInitTree(BoolValue.of(false)).build(), read);
        assertEquals(true, read.hasInInitTree());
        assertEquals(true, read.hasUid());
    }

    @Test
    void defaultsAreLeftOut() {
        ProtoWriter out = new ProtoWriter(0);
        out.varint(13, 0).string(1, "").bytes(4, new byte[0]).bool(2, false);
        assertEquals(0, out.length());
        out.element(13, 0).bytesElement(4, new byte[0]);
        assertArrayEquals(new byte[] {13 << 3, 0, 4 << 3 | 2, 0}, out.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 127, 128, 16383, 16384, 0x7FFF_FFFFL, 0xFFFF_FFFFL, 1L << 35, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void varintsOfEveryLength(long value) throws InvalidProtocolBufferException {
        ProtoWriter out = new ProtoWriter(0).varint(1, value);
        assertEquals(value, com.google.protobuf.Int64Value.parseFrom(out.toByteArray()).getValue());
        assertArrayEquals(com.google.protobuf.Int64Value.of(value).toByteArray(), out.toByteArray());
    }

    @Test
    void packedListsHoldEveryElementInOrder() throws InvalidProtocolBufferException {
        ProtoWriter out = new ProtoWriter(0);
        int list = out.begin(1);
        for (CapabilitiesType type : CapabilitiesType.values()) {
            if (type != CapabilitiesType.UNRECOGNIZED) {
                out.packed(type.getNumber());
            }
        }
        out.end(list);
        Capabilities read = Capabilities.parseFrom(out.toByteArray());
        assertEquals(41, read.getPermittedCount());
        assertEquals(CapabilitiesType.CAP_CHOWN, read.getPermitted(0));
        assertArrayEquals(read.toByteArray(), out.toByteArray());
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "1, 0, 1", "999999999, 0, 999999999", "1000000000, 1, 0", "-1, -1, 999999999",
        "-1000000000, -1, 0", "-1000000001, -2, 999999999", "1700000000123456789, 1700000000, 123456789",
        "9223372036854775807, 9223372036, 854775807", "-9223372036854775808, -9223372037, 145224192"})
    void timestampsHaveSecondsRoundedDownAndPositiveNanos(long nanos, long seconds, int rest) {
        ProtoWriter out = new ProtoWriter(0).timestamp(8, nanos);
        assertArrayEquals(Process.newBuilder()
                .setStartTime(Timestamp.newBuilder().setSeconds(seconds).setNanos(rest)).build().toByteArray(),
                out.toByteArray());
    }

    @Test
    void textIsUtf8AndLoneSurrogatesDoNotBreakTheMessage() throws InvalidProtocolBufferException {
        ProtoWriter out = new ProtoWriter(0).string(5, "ä\u20AC\uD83D\uDE00").string(6, "x\uD83D");
        Process read = Process.parseFrom(out.toByteArray());
        assertEquals("ä\u20AC\uD83D\uDE00", read.getBinary());
        assertEquals("x?", read.getArguments());
    }

    @Test
    void preEncodedPiecesAndAResetWriterLeaveNoTrace() throws InvalidProtocolBufferException {
        ProtoWriter out = new ProtoWriter(0);
        byte[] piece = out.string(4, "/tmp").toByteArray();
        out.reset();
        int process = out.begin(1);
        out.raw(new byte[0]).raw(piece).string(5, "/bin/true").end(process);
        ProcessExec read = ProcessExec.parseFrom(out.toByteArray());
        assertEquals("/tmp", read.getProcess().getCwd());
        assertEquals("/bin/true", read.getProcess().getBinary());
    }

    @Test
    void theNodeIsTheSameInBothFormats() throws InvalidProtocolBufferException {
        Node node = new Node("host-1", "cluster");
        ProtoWriter proto = new ProtoWriter(0);
        node.writeProto(proto, 1_700_000_000_000_000_001L);
        GetEventsResponse read = GetEventsResponse.parseFrom(proto.toByteArray());
        assertEquals("host-1", read.getNodeName());
        assertEquals("cluster", read.getClusterName());
        assertEquals(1, read.getTime().getNanos());
        JsonWriter json = new JsonWriter(0).beginObject();
        node.writeJson(json, 1_700_000_000_000_000_001L);
        assertEquals("{\"node_name\":\"host-1\",\"time\":\"2023-11-14T22:13:20.000000001Z\",\"cluster_name\":\"cluster\"}",
                json.endObject().toString());
        JsonWriter nameless = new JsonWriter(0).beginObject();
        new Node("", "").writeJson(nameless, 0);
        assertEquals("{\"time\":\"1970-01-01T00:00:00Z\"}", nameless.endObject().toString());
    }

    @Test
    void binaryPropertiesKeepAGainedRootAndAnUnlinkedInode() throws InvalidProtocolBufferException {
        BinaryProperties properties = new BinaryProperties(0, -1,
                List.of(ProcessPrivilegesChanged.PRIVILEGES_RAISED_EXEC_FILE_SETUID), 0xFFFF_FFFF_FFFF_FFFFL);
        ProtoWriter proto = new ProtoWriter(0);
        properties.writeProto(proto);
        io.tetragon.proto.BinaryProperties read = io.tetragon.proto.BinaryProperties.parseFrom(proto.toByteArray());
        assertEquals(true, read.hasSetuid());
        assertEquals(false, read.hasSetgid());
        assertEquals(-1, read.getFile().getInode().getNumber());
        assertEquals(true, read.getFile().getInode().hasLinks());
        JsonWriter json = new JsonWriter(0);
        properties.writeJson(json);
        assertEquals("{\"setuid\":0,\"privileges_changed\":[\"PRIVILEGES_RAISED_EXEC_FILE_SETUID\"],"
                + "\"file\":{\"inode\":{\"number\":\"18446744073709551615\",\"links\":0}}}", json.toString());
        assertEquals(json.toString(), new String(json.toByteArray(), StandardCharsets.UTF_8));
    }
}
