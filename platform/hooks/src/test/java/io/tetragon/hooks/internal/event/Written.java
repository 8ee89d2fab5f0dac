// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.proto.GetEventsResponse;

/** An event in both forms, which say the same. */
record Written(String json, GetEventsResponse message) {
    private static final String TRAILER = "},\"node_name\"";

    /** Writes an event; fails if its JSON and its message differ, or if protobuf would have chosen other members. */
    static Written of(Event event) {
        JsonWriter out = new JsonWriter(16);
        event.writeJson(out);
        String json = out.toString();
        GetEventsResponse message = event.toProto();
        try {
            GetEventsResponse.Builder parsed = GetEventsResponse.newBuilder();
            JsonFormat.parser().merge(json, parsed);
            assertEquals(message, parsed.build(), "JSON and message differ");
            assertEquals(protobufs(message), json, "protobuf writes it in another way");
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("not the API's JSON: " + json, e);
        }
        return new Written(json, message);
    }

    /** Returns the event's own members, behind process and parent. */
    String members() {
        int end = json.lastIndexOf(TRAILER);
        int from = json.indexOf("\"in_init_tree\":false}") < 0
                ? json.indexOf("\"tid\":") : json.lastIndexOf("\"in_init_tree\":false}");
        int behind = json.indexOf('}', from) + 1;
        return behind >= end ? "" : json.substring(behind + 1, end);
    }

    private static String protobufs(GetEventsResponse message) throws InvalidProtocolBufferException {
        return JsonFormat.printer().preservingProtoFieldNames().omittingInsignificantWhitespace().print(message)
                .replace("\\u003d", "=").replace("\\u003c", "<").replace("\\u003e", ">").replace("\\u0026", "&")
                .replace("\\u0027", "'");
    }
}
