// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.util.JsonFormat;
import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.proto.EventType;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.GetEventsResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldMasksTest {
    private static final String TAIL = "'node_name':'node','time':'2023-11-14T22:13:20.123Z','cluster_name':'cluster'}";

    private static final Event EXIT = TestEvent.of(EventType.PROCESS_EXIT,
            TestProcess.of(30, "/usr/bin/cat", "a\\\"}],{x" + "y".repeat(200)).under(20).inContainer("c1"),
            TestProcess.of(20, "/usr/bin/bash", "").under(10),
            TestProcess.of(10, "/usr/sbin/sshd", "").under(1),
            TestProcess.of(1, "/sbin/init", ""));

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{'fields':'process.binary'}                             | {'process':{'binary':'/usr/bin/cat'}}",
        "{'fields':'process.pid,process.inInitTree,parent.pid'}  "
                + "| {'process':{'pid':30,'in_init_tree':true},'parent':{'pid':20}}",
        "{'fields':'process.docker,process.start_time,signal'}   "
                + "| {'process':{'start_time':'2023-11-14T22:13:20.000000001Z','docker':'c1'},'signal':'SIG\\'{[KILL'}",
        "{'fields':'ancestors.pid'}                              | {'ancestors':[{'pid':10},{'pid':1}]}",
        "{'fields':'process.pod.name'}                           | {'process':{}}",
        "{'fields':'function_name'}                              | {}",
        "{'fields':'process.pid,process.pod'}                    | {'process':{'pid':30}}",
        "{'fields':'process.pid','event_set':['PROCESS_EXIT']}   | {'process':{'pid':30}}",
        "{'fields':'process.pid','event_set':['PROCESS_EXEC'],'invert_event_set':true} | {'process':{'pid':30}}",
        "{'fields':'process,parent'}{'fields':'parent,process.arguments,process.exec_id,process.flags,process.start_time,"
                + "process.auid,process.parent_exec_id,process.refcnt,process.tid,process.uid','action':'EXCLUDE'} "
                + "| {'process':{'pid':30,'cwd':'/','binary':'/usr/bin/cat','docker':'c1','in_init_tree':true}}",
        "{'fields':'process,parent,ancestors,signal','action':'EXCLUDE'} | {'time':'2023-11-14T22:13:20.123Z'}",
    })
    void anEventHasTheFieldsThatAreKept(String filters, String expected) throws Exception {
        Event masked = FieldMasks.compile(json(filters)).apply(EXIT);
        String whole = ("{'process_exit':" + expected + "," + TAIL).replace('\'', '"');

        JsonWriter json = new JsonWriter(16);
        masked.writeJson(json);
        assertEquals(whole, json.toString());

        GetEventsResponse.Builder message = GetEventsResponse.newBuilder();
        JsonFormat.parser().merge(whole, message);
        ProtoWriter proto = new ProtoWriter(16);
        masked.writeProto(proto);
        assertEquals(message.build(), GetEventsResponse.parseFrom(proto.toByteArray()));
        assertEquals(message.build().getSerializedSize(), proto.length(), "lengths are as short as they can be");
    }

    @Test
    void aMaskedEventIsOneElementOfALine() throws TetragonException {
        Event masked = FieldMasks.compile(json("{'fields':'process.pid'}")).apply(EXIT);
        JsonWriter lines = new JsonWriter(16);
        masked.writeJson(lines);
        lines.put((byte) '\n');
        masked.writeJson(lines);
        String[] both = lines.toString().split("\n");
        assertEquals(both[0], both[1]);
    }

    @Test
    void anEventOfATypeWithoutAFilterStaysAsItIs() throws TetragonException {
        FieldMasks masks = FieldMasks.compile(
                json("{'fields':'process.pid','event_set':['PROCESS_EXIT'],'invert_event_set':true}"));
        assertSame(EXIT, masks.apply(EXIT));
        assertSame(EXIT, FieldMasks.compile(List.of()).apply(EXIT));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{}                                                | it names no field",
        "{'fields':'process.pids'}                         | no event it is for has a field 'process.pids'",
        "{'fields':'process.pid.value'}                    | no event it is for has a field 'process.pid.value'",
        "{'fields':'process.start_time.seconds'}           | no event it is for has a field",
        "{'fields':'process..pid'}                         | no event it is for has a field",
        "{'fields':'signal','event_set':['PROCESS_EXEC']}  | no event it is for has a field 'signal'",
        "{'fields':'process','event_set':[333]}            | unknown event type 333",
        "{'fields':'process','action':7}                   | unknown action 7",
    })
    void aFilterThatMakesNoSenseIsRefused(String filter, String why) {
        TetragonException refused = assertThrows(
                TetragonException.class, () -> FieldMasks.compile(json(filter)));
        assertEquals(TetragonException.Kind.INVALID_ARGUMENT, refused.kind());
        assertTrue(refused.getMessage().startsWith("field filter 1: "), refused.getMessage());
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
    }

    private static List<FieldFilter> json(String text) {
        return java.util.Arrays.stream(text.replace('\'', '"').split("(?<=})(?=\\{)")).map(object -> {
            FieldFilter.Builder filter = FieldFilter.newBuilder();
            try {
                JsonFormat.parser().merge(object, filter);
            } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                throw new IllegalArgumentException(object, e);
            }
            return filter.build();
        }).toList();
    }
}
