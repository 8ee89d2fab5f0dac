// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.golden;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.EventTree;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.ProcStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@NeedsAgent
@Order(2)
class GoldenIT {
    /** The recorder left out what its own script ran: this is one of those tools. */
    private static final Set<String> RECORDERS_TOOLS = Set.of("/usr/bin/wc");

    static Stream<Recording> recordings() {
        return Stream.of(
                new Recording("01-base-full", AgentSetup.EVERYTHING, RECORDERS_TOOLS),
                new Recording("00-base", AgentSetup.DEFAULTS, RECORDERS_TOOLS));
    }

    /** The workloads leave it behind. */
    @AfterAll
    static void removeTheirScript() throws IOException {
        Files.deleteIfExists(Path.of("/tmp/golden.sh"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("recordings")
    void theSameWorkloadGivesTheSameEventsFieldByField(Recording recording) {
        assumeTrue(Files.exists(recording.folder()), "no recordings in " + recording.folder().getParent());
        AgentProcess agent = Agents.running(recording.setup());
        EventLog log = agent.events();
        int mark = log.mark();
        Launch.Running running = recording.launch().run();
        log.barrier();
        List<Event> events = belowRecorder(running.pid(), log.since(mark));
        assertTrue(
                !events.isEmpty(),
                () -> "no event of the workload; events since it started:\n" + EventLog.summary(log.since(mark)));

        Life recorded = Life.of(recording.events(), recording.notRecorded());
        Life played = Life.of(events, recording.notRecorded());
        List<String> differences = Comparison.differences(
                recorded,
                new Canonical(recorded, recording.recordedWorkload(), ProcStatus.ofSelf().hex("CapPrm")),
                played,
                new Canonical(played, recording.workload(), ProcStatus.ofSelf().hex("CapPrm")),
                recording.isTrimmed());
        assertTrue(
                differences.isEmpty(),
                () -> differences.size() + " differences (- recorded, + came)\n" + String.join("\n", differences)
                        + "\nthe workload printed:\n" + running.output());
    }

    /** The events of the tree without those of the shell that stands for the recorder. */
    private static List<Event> belowRecorder(long pid, List<Event> events) {
        return EventTree.below(pid, events).stream().filter(event -> event.pid() != pid).toList();
    }
}
