// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.util.JsonFormat;
import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.Process;
import io.tetragon.proto.EventType;
import io.tetragon.proto.Filter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventFilterTest {
    private static final long SYS_ADMIN = 1L << 21;
    private static final Set<EventType> BASE = EnumSet.of(EventType.PROCESS_EXEC, EventType.PROCESS_EXIT);

    /** The world of the table: cat under bash under sshd, an exit in a container, an event of a lost process, a throttle. */
    private static final Map<String, Event> EVENTS = new TreeMap<>(Map.of(
            "cat", TestEvent.of(EventType.PROCESS_EXEC,
                    TestProcess.of(30, "/usr/bin/cat", "/etc/shadow").under(20).withCapabilities(SYS_ADMIN),
                    TestProcess.of(20, "/usr/bin/bash", "-c cat").under(10),
                    TestProcess.of(10, "/usr/sbin/sshd", "-D").under(1),
                    TestProcess.of(1, "/sbin/init", "")),
            "exit", TestEvent.of(EventType.PROCESS_EXIT,
                    TestProcess.of(40, "/usr/bin/python3", "app.py").inContainer("0123abcd")),
            "kprobe", TestEvent.of(EventType.PROCESS_KPROBE, TestProcess.of(50, "/usr/bin/nc", "")),
            "lost", TestEvent.of(EventType.PROCESS_EXIT),
            "throttle", new Throttle()));

    @ParameterizedTest(name = "{0} lets pass: {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{}                                                        | cat exit kprobe lost throttle",
        "{'event_set':['PROCESS_EXEC']}                            | cat",
        "{'event_set':['PROCESS_EXIT','PROCESS_THROTTLE']}         | exit lost throttle",
        "{'pid':[30,40,7]}                                         | cat exit",
        "{'binary_regex':['bin/ba','cat$']}                        | cat",
        "{'binary_regex':['']}                                     | cat exit kprobe lost",
        "{'binary_regex':['(?i)PYTHON\\\\d']}                      | exit",
        "{'arguments_regex':['^/etc']}                             | cat",
        "{'parent_binary_regex':['bash']}                          | cat",
        "{'parent_binary_regex':['']}                              | cat",
        "{'parent_arguments_regex':['-c']}                         | cat",
        "{'ancestor_binary_regex':['sshd'],'event_set':[1,5]}      | cat",
        "{'ancestor_binary_regex':['bash'],'event_set':[1]}        | ``",
        "{'namespace':['']}                                        | cat exit kprobe lost",
        "{'namespace':['default']}                                 | ``",
        "{'namespace':['default','']}                              | cat exit kprobe lost",
        "{'namespace_regex':['.*']}                                | ``",
        "{'health_check':true}                                     | ``",
        "{'health_check':false}                                    | cat exit kprobe lost throttle",
        "{'in_init_tree':true}                                     | exit",
        "{'in_init_tree':false}                                    | cat kprobe",
        "{'container_id':['^0123']}                                | exit",
        "{'container_id':['']}                                     | cat exit kprobe lost",
        "{'policy_names':['some-policy']}                          | kprobe",
        "{'policy_names':['other','some']}                         | ``",
        "{'capabilities':{'effective':{'any':['CAP_SYS_ADMIN','CAP_KILL']}}}  | cat",
        "{'capabilities':{'effective':{'all':['CAP_SYS_ADMIN','CAP_KILL']}}}  | ``",
        "{'capabilities':{'effective':{'exactly':['CAP_SYS_ADMIN']}}}         | cat",
        "{'capabilities':{'effective':{'none':['CAP_SYS_ADMIN']}}}            | exit kprobe",
        "{'capabilities':{'permitted':{'all':['CAP_SYS_BOOT']}}}              | cat",
        "{'capabilities':{'inheritable':{'any':['CAP_SYS_ADMIN']}}}           | ``",
        "{'event_set':['PROCESS_EXEC'],'pid':[40]}                 | ``",
        "{'event_set':['PROCESS_EXIT'],'pid':[40]}                 | exit",
        "{'pid':[30]} {'binary_regex':['python']}                  | cat exit",
    })
    void anAllowListLetsPassWhatOneOfItsEntriesMatches(String filters, String expected) throws TetragonException {
        EventFilter allow = EventFilter.compile(json(filters), List.of(), BASE);
        assertEquals(expected, passing(allow));
    }

    @Test
    void aDenyListTakesAwayWhatTheAllowListLetsPass() throws TetragonException {
        EventFilter filter = EventFilter.compile(
                json("{'event_set':['PROCESS_EXEC','PROCESS_EXIT']}"), json("{'pid':[40]} {'binary_regex':['nc$']}"));
        assertEquals("cat lost", passing(filter));
        assertEquals("cat lost throttle", passing(EventFilter.compile(
                List.of(), json("{'pid':[40]} {'binary_regex':['nc$']}"))));
        assertEquals("", passing(EventFilter.compile(List.of(), json("{}"))));
    }

    @ParameterizedTest(name = "{0} is refused because of {1}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{'pid_set':[1]}                                | pid_set is not supported",
        "{'pod_regex':['a']}                            | pod_regex is not supported",
        "{'labels':['a=b']}                             | labels is not supported",
        "{'cel_expression':['true']}                    | cel_expression is not supported",
        "{'container_name_regex':['a']}                 | container_name_regex is not supported",
        "{'binary_regex':['ok','[']}                    | binary_regex has a bad regular expression",
        "{'namespace_regex':['(']}                      | namespace_regex has a bad regular expression",
        "{'parent_arguments_regex':['a**']}             | parent_arguments_regex has a bad regular expression",
        "{'event_set':[3333]}                           | unknown event type 3333",
        "{'capabilities':{'effective':{'any':[77]}}}    | capabilities.effective has the unknown capability 77",
        "{'ancestor_binary_regex':['a']}                | ancestor_binary_regex needs ancestors, which [PROCESS_KPROBE",
        "{'ancestor_binary_regex':['a'],'event_set':[9]}| ancestor_binary_regex needs ancestors, which [PROCESS_KPROBE]",
    })
    void whatCannotBeHonouredIsRefusedByName(String filter, String why) {
        TetragonException allowed = assertThrows(
                TetragonException.class, () -> EventFilter.compile(json(filter), List.of(), BASE));
        assertEquals(TetragonException.Kind.INVALID_ARGUMENT, allowed.kind());
        assertTrue(allowed.getMessage().contains(why), allowed.getMessage());
        TetragonException denied = assertThrows(
                TetragonException.class, () -> EventFilter.compile(List.of(), json("{}" + filter), BASE));
        assertTrue(denied.getMessage().startsWith("filter (deny list, entry 2): "), denied.getMessage());
    }

    @Test
    void aMemberOfANewerClientIsRefusedByNumber() {
        UnknownFieldSet unknown = UnknownFieldSet.newBuilder()
                .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
                .build();
        Filter filter = Filter.newBuilder().setUnknownFields(unknown).build();
        TetragonException refused = assertThrows(
                TetragonException.class, () -> EventFilter.compile(List.of(filter), List.of()));
        assertTrue(refused.getMessage().contains("member 99 of Filter"), refused.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "(((a{1000}){1000}){1000}){1000}",
        "(?:(?:a{9,}){9,999}){0,999}",
        "[[:alpha:]\\]{(]{1000}(\\pL{100}[^](){1000}]{100}){300}",
        "\\Q((((\\E(?:x{1000}){1000}",
    })
    void anExpressionThatWouldEatTheMemoryIsRefused(String regex) {
        TetragonException refused = assertThrows(TetragonException.class, () -> compile(regex));
        assertTrue(refused.getMessage().contains("is too big"), refused.getMessage());
    }

    @Test
    void manyExpressionsThatWouldEatTheMemoryTogetherAreRefused() {
        Filter.Builder filter = Filter.newBuilder();
        for (int i = 0; i < 51; i++) {
            filter.addBinaryRegex("a{999}");
        }
        TetragonException refused = assertThrows(
                TetragonException.class, () -> EventFilter.compile(List.of(filter.build()), List.of()));
        assertTrue(refused.getMessage().contains("is too big"), refused.getMessage());
    }

    @Test
    void anExpressionThatWouldOverflowTheStackIsRefused() throws TetragonException {
        TetragonException refused = assertThrows(
                TetragonException.class, () -> compile("(x".repeat(4000) + ")*".repeat(4000)));
        assertTrue(refused.getMessage().contains("groups within each other"), refused.getMessage());
        compile("(x".repeat(RegexBudget.MAX_DEPTH) + ")*".repeat(RegexBudget.MAX_DEPTH));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a{1000}", "x{,5}y{z}", "^/usr/(s?bin|lib/[^/]{1,64})/.*$", "a]b}c", "\\x{10FFFF}{3}", "{"})
    void anExpressionOfOrdinarySizeIsTaken(String regex) throws TetragonException {
        compile(regex);
    }

    private static void compile(String regex) throws TetragonException {
        EventFilter.compile(List.of(Filter.newBuilder().addBinaryRegex(regex).build()), List.of());
    }

    private static List<Filter> json(String text) {
        List<Filter> filters = new ArrayList<>();
        try {
            for (String object : text.replace('\'', '"').replace("}{", "} {").split("(?<=}) (?=\\{)")) {
                Filter.Builder filter = Filter.newBuilder();
                JsonFormat.parser().merge(object, filter);
                filters.add(filter.build());
            }
            return filters;
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static String passing(EventFilter filter) {
        StringBuilder names = new StringBuilder();
        EVENTS.forEach((name, event) -> {
            if (filter.matches(event)) {
                names.append(names.length() == 0 ? "" : " ").append(name);
            }
        });
        return names.toString();
    }

    /** An event about no process. */
    private static final class Throttle implements Event {
        @Override
        public EventType type() {
            return EventType.PROCESS_THROTTLE;
        }

        @Override
        public long timeNanos() {
            return 1;
        }

        @Override
        public @Nullable Process process() {
            return null;
        }

        @Override
        public @Nullable Process parent() {
            return null;
        }

        @Override
        public void writeJson(JsonWriter out) {
            out.beginObject().endObject();
        }

        @Override
        public void writeProto(ProtoWriter out) {
            out.end(out.begin(EventType.PROCESS_THROTTLE_VALUE));
        }
    }
}
