// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.Ledgers;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Timeouts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** In the order of an agent's life; the tests that leave it alive share one. */
@NeedsAgent
@Order(3)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AgentLifecycleIT {
    /** Ended by itself after the signal, or with the status the JVM gives to an end by SIGTERM. */
    private static final List<Integer> CLEAN = List.of(0, 143);

    @Test
    @Order(1)
    void whatRanBeforeItIsReportedFromProc() {
        AgentProcess agent = Agents.running(AgentSetup.DEFAULTS);
        long self = ProcessHandle.current().pid();
        // They come before anything that happens after the start.
        agent.events().barrier();
        boolean found = agent.events().since(0).stream()
                .anyMatch(event -> event.pid() == self
                        && event.type().equals("process_exec")
                        && event.at("process.flags").asText().startsWith("procFS")
                        && event.at("process.binary").asText().endsWith("/java"));
        assertTrue(
                found,
                () -> "no process_exec with the flag procFS for pid " + self + " among\n"
                        + EventLog.summary(agent.events().since(0)));
    }

    @Test
    @Order(2)
    void everyEventTellsTheHostNameAndItsTime() throws Exception {
        String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        AgentProcess agent = Agents.running(AgentSetup.DEFAULTS);
        agent.events().barrier();
        List<Event> without = agent.events().since(0).stream()
                .filter(event -> !event.json().path("node_name").asText().equals(host)
                        || event.json().path("time").isMissingNode())
                .toList();
        assertTrue(without.isEmpty(), () -> EventLog.summary(without));
    }

    @Test
    @Order(3)
    void whileItRunsItsFolderTellsItsPidAndSettings() throws Exception {
        AgentProcess agent = Agents.running(AgentSetup.DEFAULTS);
        Path pidFile = agent.runDir().resolve("tetragon.pid");
        assertEquals(Long.toString(agent.pid()), Files.readString(pidFile).strip());
        assertTrue(new ObjectMapper()
                .readTree(agent.runDir().resolve("tetragon-info.json").toFile())
                .isObject());
    }

    @Test
    @Order(4)
    void ofAFloodOfExecsEveryOneIsReportedOrCountedAsLost() {
        AgentProcess agent = Agents.running(AgentSetup.DEFAULTS);
        Flood first = Flood.run(agent);
        int files = agent.openFiles();
        Flood second = Flood.run(agent);
        assertTrue(
                Timeouts.await(Timeouts.event(), () -> agent.openFiles() <= files + 2),
                () -> "open files grew from " + files + " to " + agent.openFiles());
        assertEquals(0, first.surplus() + second.surplus(), "execs reported twice");

        agent.terminate();
        Ledgers ledgers = agent.ledgers();
        assertEquals(List.of(), ledgers.errors());
        long lost = ledgers.ringCount("lost") + ledgers.lostByExport();
        long missing = first.missing() + second.missing();
        assertTrue(
                missing <= lost,
                () -> missing + " execs are missing, but only " + lost + " records or events are counted as lost: "
                        + ledgers);
    }

    @Test
    @Order(5)
    void onSigtermItEndsCleanlyAndLeavesNothingInItsFolder() {
        AgentProcess agent = Agents.running(AgentSetup.DEFAULTS);
        agent.events().barrier();
        int status = agent.terminate();
        assertTrue(CLEAN.contains(status), () -> "exit status " + status + agent.logTail());
        assertFalse(Files.exists(agent.runDir().resolve("tetragon.pid")), "the pid file is still there");
        assertFalse(Files.exists(agent.runDir().resolve("tetragon.sock")), "the socket is still there");
        assertEquals(List.of(), agent.ledgers().errors());
    }

    @Test
    @Order(6)
    @Tag("restarts")
    void afterSigkillTheNextAgentStartsInTheSameFoldersAndReportsEvents() {
        AgentProcess killed = Agents.running(AgentSetup.DEFAULTS);
        killed.kill();
        try (AgentProcess next = killed.startAgain()) {
            next.events().barrier();
        }
    }
}
