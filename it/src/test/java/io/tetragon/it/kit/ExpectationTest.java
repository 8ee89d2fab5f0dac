// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import static io.tetragon.it.kit.ExpectedEvent.exec;
import static io.tetragon.it.kit.ExpectedEvent.exit;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a person is told when events are not as expected. */
class ExpectationTest {
    private static final String SHELL = "{'exec_id':'a','pid':1,'binary':'/bin/sh','flags':'execve clone'}";
    private static final String ID = "{'exec_id':'b','pid':2,'binary':'/bin/id','parent_exec_id':'a'}";
    private static final List<Event> EVENTS = events(
            "{'process_exec':{'process':" + SHELL + "}}",
            "{'process_exec':{'process':" + ID + ",'parent':" + SHELL + "}}",
            "{'process_exit':{'process':" + ID + ",'parent':" + SHELL + "}}",
            "{'process_exit':{'process':" + SHELL + ",'status':3}}");

    @Test
    void processesMayInterleaveInAnyOrder() {
        assertMet(
                exec("/bin/sh").as("sh"),
                exit("/bin/sh").as("sh").status(3),
                exec("/bin/id").as("id").childOf("sh"),
                exit("/bin/id").as("id").status(0));
    }

    @Test
    void theEventsOfOneProcessMayNot() {
        assertDifference("missing: process_exec", exit("/bin/id"), exec("/bin/id"), exec("/bin/sh"), exit("/bin/sh"));
    }

    @Test
    void anEventTooManyIsShown() {
        assertDifference("not expected:\n    {\"process_exit\"", exec("/bin/sh"), exec("/bin/id"), exit("/bin/id"));
    }

    @Test
    void aWrongFieldIsNamedWithWhatCameInstead() {
        assertDifference(
                "status is 4, but was 3",
                exec("/bin/sh"),
                exec("/bin/id"),
                exit("/bin/id"),
                exit("/bin/sh").status(4));
    }

    @Test
    void aWrongParentIsNamed() {
        assertDifference(
                "parent.exec_id is that of \"id\" (b), but was a",
                exec("/bin/id").as("id"),
                exec("/bin/sh"),
                exit("/bin/id").childOf("id"),
                exit("/bin/sh"));
    }

    @Test
    void theTreeOfAProcessIsFoundByTheLinksInTheEvents() {
        assertEquals(4, EventTree.below(1, EVENTS).size());
        assertEquals(2, EventTree.below(2, EVENTS).size());
        assertEquals(0, EventTree.below(3, EVENTS).size());
    }

    @Test
    void ledgersAddUpOrSayWhichDoesNot() {
        String good = "level=info msg=\"ring ledger\" produced=5 consumed=3 lost=2\n"
                + "x listener ledger name=json offered=9 delivered=4 filtered=2 lost=2 rate_limited=1";
        assertEquals(List.of(), Ledgers.parse(good).errors());
        assertEquals(1, Ledgers.parse(good.replace("offered=9", "offered=8")).errors().size());
        assertEquals(1, Ledgers.parse(good.replace("produced=5", "produced=6")).errors().size());
    }

    private static void assertMet(ExpectedEvent... expected) {
        assertEquals(Optional.empty(), new Expectation(List.of(expected)).difference(EVENTS));
    }

    private static void assertDifference(String part, ExpectedEvent... expected) {
        String difference = new Expectation(List.of(expected)).difference(EVENTS).orElse("none");
        assertTrue(difference.contains(part), () -> "no \"" + part + "\" in\n" + difference);
    }

    private static List<Event> events(String... lines) {
        List<Event> events = new ArrayList<>();
        for (String line : lines) {
            try {
                events.add(new Event(events.size(), new ObjectMapper().readTree(line.replace('\'', '"'))));
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(e);
            }
        }
        return events;
    }
}
