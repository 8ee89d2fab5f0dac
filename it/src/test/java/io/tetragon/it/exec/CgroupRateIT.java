// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.exec;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.deploy.SensorClient;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.ControlGroup;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.Timeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * Control groups with and without too many process events. The one of the tests themselves may be throttled at any time, for
 * whatever else runs on the machine may be in it: nothing that matters is.
 */
@NeedsAgent
@Order(3)
@Tag("restarts")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CgroupRateIT {
    private static final String TRUE = Places.trigger("true");
    private static final String FLOOD = Places.trigger("flood");

    /** Forks count as well as execs. The group is far above it, whatever else runs on the machine far below. */
    private static final String LIMIT = "40,2s";
    private static final int EXECS = Timeouts.isSlow() ? 400 : 2000;

    /** The rate has to fall first, and then to stay below for five seconds of the clock. */
    private static final Duration STOPPED = Timeouts.event().plusSeconds(20);

    private static final Pattern COUNTS =
            Pattern.compile("cgroup was throttled.* cgroup=\"?tetragon.* execs=(\\d+) clones=(\\d+)");
    private static final Pattern LOSSES = Pattern.compile("cgroup-rate/throttled_exec=(\\d+)");

    private AgentProcess agent;
    private SensorClient sensors;
    private ControlGroup calm;
    /** Execs in the groups of all tests. */
    private int executed;

    @BeforeAll
    void start() {
        Places.missingSensor("cgroup-rate").ifPresent(reason -> assumeTrue(false, reason));
        Launch.of(FLOOD).missing().ifPresent(reason -> assumeTrue(false, reason));
        Agents.stop();
        agent = AgentProcess.start(AgentSetup.DEFAULTS.with("--cgroup-rate", LIMIT));
        sensors = new SensorClient(agent);
        calm = new ControlGroup("tetragon-it-calm").create();
    }

    @AfterAll
    void stop() {
        if (agent != null) {
            sensors.close();
            agent.close();
            calm.remove();
        }
    }

    @Test
    @Order(1)
    void aGroupAboveTheLimitIsThrottledAndNoOtherIs() {
        try (ControlGroup busy = new ControlGroup("tetragon it \"busy\" \\").create()) {
            EventLog log = agent.events();
            int mark = log.mark();
            flood(busy);
            barrier();
            assertEquals(List.of("THROTTLE_START " + busy.name()), throttles(log.since(mark)));

            assertTrue(log.await(STOPPED, mark, events -> throttles(events).size() > 1), "it does not stop");
            String behind = once(busy);
            barrier();
            List<Event> events = log.since(mark);
            assertEquals(2, ofToken(events, behind).size(), "exec and exit behind the stop");
            assertEquals(List.of("THROTTLE_START " + busy.name(), "THROTTLE_STOP " + busy.name()), throttles(events));

            List<Event> execs = execsOf(TRUE, events);
            assertTrue(execs.size() < EXECS, "nothing was throttled");
            assertAll(() -> assertEquals(List.of(), withoutParent(events), "events whose parent is not known"),
                    () -> assertEquals(ids(execs), ids(exitsOf(TRUE, events)), "an exit comes with its exec"));
        }
    }

    @Test
    @Order(2)
    void theEventIsAsTheInterfaceSays() {
        Event start = agent.events().since(0).stream()
                .filter(event -> event.type().equals("process_throttle"))
                .filter(event -> event.at("cgroup").asText().startsWith("tetragon"))
                .findFirst()
                .orElseThrow();
        List<String> names = new ArrayList<>();
        start.json().fieldNames().forEachRemaining(names::add);
        assertEquals(List.of("process_throttle", "node_name", "time"), names);
        assertEquals("{\"type\":\"THROTTLE_START\",\"cgroup\":\"tetragon it \\\"busy\\\" \\\\\"}",
                start.json().get("process_throttle").toString());
    }

    @Test
    @Order(3)
    void whileTheSensorIsDisabledNothingIsThrottled() {
        try (ControlGroup group = new ControlGroup("tetragon-it-switched").create()) {
            EventLog log = agent.events();
            int mark = log.mark();
            sensors.disable("cgroup-rate");
            assertFalse(sensors.find("cgroup-rate").orElseThrow().enabled());
            flood(group);
            barrier();
            assertEquals(EXECS, execsOf(TRUE, log.since(mark)).stream()
                    .filter(event -> event.at("process.arguments").isMissingNode())
                    .count());
            assertEquals(List.of(), throttles(log.since(mark)));

            int again = log.mark();
            sensors.enable("cgroup-rate");
            sensors.awaitAttached("cgroup-rate");
            flood(group);
            assertTrue(log.await(again, events -> !throttles(events).isEmpty()), "it does not start");
            int disabled = log.mark();
            sensors.disable("cgroup-rate");
            assertTrue(log.await(disabled, events -> !throttles(events).isEmpty()), "disabling does not end it");
            barrier();
            assertEquals(List.of("THROTTLE_START " + group.name(), "THROTTLE_STOP " + group.name()),
                    throttles(log.since(mark)));
            sensors.enable("cgroup-rate");
        }
    }

    @Test
    @Order(4)
    void aGroupThatIsRemovedIsThrottledNoMore() {
        EventLog log = agent.events();
        int mark = log.mark();
        try (ControlGroup group = new ControlGroup("tetragon-it-short-lived").create()) {
            flood(group);
        }
        assertTrue(log.await(STOPPED, mark, events -> throttles(events).size() > 1), "it does not stop");
        assertEquals(List.of("THROTTLE_START tetragon-it-short-lived", "THROTTLE_STOP tetragon-it-short-lived"),
                throttles(log.since(mark)));
    }

    @Test
    @Order(5)
    void everyExecIsReportedOrCounted() {
        barrier();
        List<Event> events = agent.events().since(0);
        int reported = execsOf(TRUE, events).size() + execsOf(FLOOD, events).size();
        agent.terminate();
        assertEquals(List.of(), agent.ledgers().errors());
        assertEquals(0, agent.ledgers().ringCount("lost"), "records lost");

        List<MatchResult> counts = COUNTS.matcher(agent.log()).results().toList();
        assertEquals(3, counts.size(), () -> "groups with their counts in the log" + agent.logTail());
        long execs = counts.stream().mapToLong(count -> Long.parseLong(count.group(1))).sum();
        assertEquals(executed, reported + execs, () -> "reported and counted" + agent.logTail());
        assertTrue(counts.stream().allMatch(count -> Long.parseLong(count.group(2)) > 0), "forks count, too");
        Matcher losses = LOSSES.matcher(agent.log());
        assertTrue(losses.find(), agent::logTail);
        assertTrue(Long.parseLong(losses.group(1)) >= execs, agent::logTail);
        assertTrue(agent.log().contains(" incomplete=0 "), () -> "events waited in vain" + agent.logTail());
    }

    @Test
    @Order(6)
    void withoutALimitTheSensorIsThereAndDoesNotRun() {
        AgentProcess unlimited = Agents.running(AgentSetup.DEFAULTS);
        try (SensorClient client = new SensorClient(unlimited)) {
            assertFalse(client.find("cgroup-rate").orElseThrow().enabled());
            Throwable refused = assertThrows(Throwable.class, () -> client.enable("cgroup-rate"));
            assertTrue(String.valueOf(refused.getMessage()).contains("--cgroup-rate=EVENTS,INTERVAL"), refused.toString());
        }
    }

    private void flood(ControlGroup group) {
        Launch.Running flood = group.launch(FLOOD, Integer.toString(EXECS), TRUE).run();
        assertEquals(0, flood.awaitEnd(), flood::output);
        // The one of the spawners' parent, too.
        executed += EXECS + 1;
    }

    /** Runs one program in a group; returns what its events have as arguments. */
    private String once(ControlGroup group) {
        String token = UUID.randomUUID().toString();
        group.launch(TRUE, token).run();
        executed++;
        return token;
    }

    /** Returns when everything that ended before this call is in the file. */
    private void barrier() {
        int mark = agent.events().mark();
        String token = once(calm);
        boolean passed = agent.events().await(mark, events -> ofToken(events, token).size() == 2);
        assertTrue(passed, () -> "exec and exit in the calm group did not come:\n"
                + EventLog.summary(ofToken(agent.events().since(mark), token)) + agent.logTail());
    }

    private static List<Event> ofToken(List<Event> events, String token) {
        return events.stream()
                .filter(event -> event.at("process.binary").asText().equals(TRUE))
                .filter(event -> event.at("process.arguments").asText("").equals(token))
                .toList();
    }

    private static List<String> throttles(List<Event> events) {
        return events.stream()
                .filter(event -> event.type().equals("process_throttle"))
                .filter(event -> event.at("cgroup").asText().startsWith("tetragon"))
                .map(event -> event.at("type").asText() + ' ' + event.at("cgroup").asText())
                .toList();
    }

    private static List<Event> execsOf(String binary, List<Event> events) {
        return ofType("process_exec", binary, events);
    }

    private static List<Event> exitsOf(String binary, List<Event> events) {
        return ofType("process_exit", binary, events);
    }

    private static List<Event> ofType(String type, String binary, List<Event> events) {
        return events.stream()
                .filter(event -> event.type().equals(type) && event.at("process.binary").asText().equals(binary))
                .toList();
    }

    private static Set<String> ids(List<Event> events) {
        return events.stream().map(Event::execId).collect(Collectors.toCollection(HashSet::new));
    }

    private static List<String> withoutParent(List<Event> events) {
        return events.stream()
                .filter(event -> event.type().equals("process_exec") || event.type().equals("process_exit"))
                .filter(event -> event.at("parent.exec_id").isMissingNode() || event.execId().isEmpty())
                .map(Event::summary)
                .toList();
    }
}
