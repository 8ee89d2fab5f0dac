// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.bpf.RingRecord;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.sensor.exec.internal.abi.MsgOp;
import java.util.ArrayList;
import java.util.List;

/**
 * What records became: each event as its line of JSON and as its message, which say the same.
 *
 * @param lines one of each event
 * @param messages likewise
 */
record Decoded(List<String> lines, List<GetEventsResponse> messages) {
    /** Decodes records in their order. */
    static Decoded of(MemoryContext context, List<byte[]> records) {
        ExecDecoder decoder = new ExecDecoder(context);
        records.forEach(bytes -> decode(decoder, RingRecord.of(bytes)));
        List<String> lines = new ArrayList<>();
        List<GetEventsResponse> messages = new ArrayList<>();
        for (ProcessEvent event : context.events) {
            JsonWriter out = new JsonWriter(16);
            event.writeJson(out);
            lines.add(out.toString());
            messages.add(event.toProto());
            assertEquals(event.toProto(), parse(out.toString()), "JSON and message differ");
        }
        return new Decoded(lines, messages);
    }

    /** Hands a record to the method of its opcode, as the platform does. */
    static void decode(ExecDecoder decoder, RingRecord r) {
        switch (r.getByte(0)) {
            case MsgOp.MSG_OP_EXECVE -> decoder.execve(r);
            case MsgOp.MSG_OP_CLONE -> decoder.clone(r);
            case MsgOp.MSG_OP_EXIT -> decoder.exit(r);
            case MsgOp.MSG_OP_DATA -> decoder.data(r);
            default -> throw new AssertionError("opcode " + r.getByte(0));
        }
    }

    /** Returns the last event of a kind. */
    GetEventsResponse last(GetEventsResponse.EventCase kind) {
        return messages.stream().filter(m -> m.getEventCase() == kind).reduce((a, b) -> b)
                .orElseThrow(() -> new AssertionError("no " + kind + " among " + lines));
    }

    private static GetEventsResponse parse(String line) {
        GetEventsResponse.Builder message = GetEventsResponse.newBuilder();
        try {
            JsonFormat.parser().merge(line, message);
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("not the API's JSON: " + line, e);
        }
        return message.build();
    }
}
