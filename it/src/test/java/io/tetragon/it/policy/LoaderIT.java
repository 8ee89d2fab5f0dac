// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Policies that ask for loaded binaries and libraries. */
@NeedsAgent
@Order(7)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LoaderIT {
    private AgentProcess agent;
    private PolicyClient policies;

    @BeforeAll
    void start() {
        Places.missingSensor("loader").ifPresent(reason -> assumeTrue(false, reason));
        agent = Agents.running(AgentSetup.DEFAULTS);
        policies = new PolicyClient(agent);
    }

    @AfterEach
    void clean() {
        policies.deleteAll();
    }

    @AfterAll
    void stop() {
        if (policies != null) {
            policies.close();
        }
    }

    @Test
    void theBinaryBelongsToTheImageBeforeAndItsLibrariesToItself() throws IOException {
        policies.add(policy("loads", ""));
        Path program = Files.copy(Path.of("/bin/true"), Path.of(Places.scratch("loads")));
        EventLog log = agent.events();
        int mark = log.mark();
        long pid = Launch.of(program.toString()).run().pid();
        // The binary is new to the agent and the library is not: its event may be the later one.
        await(mark, pid, event -> event.at("path").asText().equals(program.toString()));
        List<Event> events = await(mark, pid, event -> event.at("path").asText().contains("/libc.so"));

        Event binary = only(events, event -> event.at("path").asText().equals(program.toString()));
        assertTrue(!binary.at("process.binary").asText().equals(program.toString()), binary::summary);
        assertEquals(28, binary.at("buildid").asText().length(), "twenty bytes in base64: " + binary.json());
        Event library = only(events, event -> event.at("path").asText().contains("/libc.so"));
        assertEquals(program.toString(), library.at("process.binary").asText(), library::summary);
        assertTrue(!library.at("buildid").asText().isEmpty(), library.json()::toString);
        assertTrue(!library.at("parent.binary").asText().isEmpty(), library.json()::toString);
    }

    @Test
    void theListNamesTheSensorAsUpstreamDoes() {
        policies.add(policy("listed", ""));
        PolicyClient.Policy listed = policies.get("listed");
        assertEquals("enabled", listed.state(), listed.error());
        assertEquals(List.of("__loader__"), listed.sensors());
        assertTrue(listed.kernelMemory() > 0, "its programs are the sensor's, and so is their memory");
    }

    @Test
    void twoPoliciesGiveOneEventAndNoneGivesNone() throws IOException {
        policies.add(policy("one", ""));
        policies.add(policy("two", ""));
        Path program = Files.copy(Path.of("/bin/true"), Path.of(Places.scratch("twice")));
        EventLog log = agent.events();
        int both = log.mark();
        long pid = Launch.of(program.toString()).run().pid();
        only(await(both, pid, event -> event.at("path").asText().equals(program.toString())),
                event -> event.at("path").asText().equals(program.toString()));

        policies.delete("one");
        int second = log.mark();
        pid = Launch.of(program.toString()).run().pid();
        await(second, pid, event -> event.at("path").asText().equals(program.toString()));

        policies.delete("two");
        int none = log.mark();
        Launch.of(program.toString()).run();
        log.barrier();
        assertEquals(List.of(), log.since(none).stream().filter(LoaderIT::loads).map(Event::summary).toList());
    }

    @Test
    void aScanTellsWhatWasLoadedBefore() {
        long self = ProcessHandle.current().pid();
        int mark = agent.events().mark();
        policies.add(policy("scans", "  options:\n  - {name: loader-scan, value: 'true'}\n"));
        Event library = only(await(mark, self, event -> event.at("path").asText().endsWith("/libjvm.so")),
                event -> event.at("path").asText().endsWith("/libjvm.so"));
        assertTrue(library.at("process.binary").asText().endsWith("/java"), library::summary);
    }

    /** The agent's heap has 128 MiB, and what procfs tells of this process 164. */
    @Test
    void aProcessWithManyMappingsDoesNotTakeTheAgentsMemory() throws IOException {
        Launch many = Launch.of(Places.trigger("map-many"), "40000",
                Files.createDirectory(Path.of(Places.scratch("many"))).toString());
        many.missing().ifPresent(reason -> assumeTrue(false, reason));
        policies.add(policy("loads", ""));
        int mark = agent.events().mark();
        Launch.Running mapping = many.start();
        try {
            await(mark, mapping.pid(), event -> event.at("path").asText().equals("/memfd:last (deleted)"));
            policies.add(policy("scans", "  options:\n  - {name: loader-scan, value: 'true'}\n"));
            await(mark, ProcessHandle.current().pid(), event -> event.at("path").asText().endsWith("/libjvm.so"));
        } finally {
            mapping.process().destroyForcibly();
        }
    }

    private static String policy(String name, String options) {
        return String.format(Locale.ROOT, """
                apiVersion: cilium.io/v1alpha1
                kind: TracingPolicy
                metadata:
                  name: %s
                spec:
                  loader: true
                %s""", name, options);
    }

    /** Waits for a mapping of a process and returns all of its mappings. */
    private List<Event> await(int mark, long pid, Predicate<Event> wanted) {
        EventLog log = agent.events();
        boolean came = log.await(mark, list -> list.stream()
                .anyMatch(event -> loads(event) && event.pid() == pid && wanted.test(event)));
        List<Event> events = log.since(mark);
        assertTrue(came, () -> "it did not come; what came:\n" + EventLog.summary(events) + agent.logTail());
        return events.stream().filter(event -> loads(event) && event.pid() == pid).toList();
    }

    private static Event only(List<Event> events, Predicate<Event> wanted) {
        List<Event> found = events.stream().filter(wanted).toList();
        assertEquals(1, found.size(), () -> EventLog.summary(events));
        return found.get(0);
    }

    private static boolean loads(Event event) {
        return event.type().equals("process_loader");
    }
}
