// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.EventTree;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.Timeouts;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.ProcStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@NeedsAgent
@Order(2)
class GoldenIT {
    private static final Map<String, String> SENSORS = Map.of("tracepoints", "tracepoint", "lsmhooks", "lsm",
            "uprobes", "uprobe", "usdts", "uprobe", "loader", "loader");
    private static final Pattern POLICY_NAME = Pattern.compile("(?m)^  name: \"?([-a-z0-9.]+)");

    static Stream<Recording> recordings() {
        return Stream.of(
                Recording.base("01-base-full", AgentSetup.EVERYTHING),
                Recording.base("00-base", AgentSetup.DEFAULTS),
                Recording.policy("02-file-monitoring", Lane.TRUNCATED_FILES),
                // How often the workload tries its servers, and when these answer, is a matter of time.
                Recording.policy("03-tcp-connect", Lane.KPROBE).onlyOf("/usr/bin/curl"),
                Recording.policy("04-openat-matchbinaries", Lane.NATIVE),
                // The reference agent could not read the text field and reported the numbers of others.
                Recording.policy("05-tracepoint", Lane.NATIVE).withoutArgumentsOf("sched_process_fork"),
                Recording.policy("06-raw-syscalls", Lane.NATIVE),
                Recording.policy("09-lsm-file-open", Lane.LSM),
                Recording.policy("11-override-security", Lane.FMOD_RET),
                Recording.policy("12-override-syscall", Lane.OVERRIDE),
                Recording.policy("13-sigkill", Lane.KPROBE),
                Recording.policy("14-enforcer-killer", Lane.OVERRIDE),
                Recording.policy("15-loader", Lane.NATIVE),
                Recording.policy("17-usdt", Lane.NATIVE).placing("/srv/src/contrib/tester-progs/usdt", "usdt"),
                // The functions of a stack, and what was inlined into them, are those of the kernel it was recorded on.
                Recording.policy("19-stack-traces", Lane.OVERRIDE));
    }

    /** What the workloads leave behind. */
    @AfterAll
    static void removeTheirFiles() throws IOException {
        for (String file : List.of("golden.sh", "not-watched", "s4", "s6", "gl-group", "victim-bash")) {
            Files.deleteIfExists(Path.of("/tmp", file));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("recordings")
    void theSameWorkloadGivesTheSameEventsFieldByField(Recording recording) {
        assumeTrue(Files.exists(recording.folder()), "no recordings in " + recording.folder().getParent());
        recording.lane().missing().ifPresent(reason -> assumeTrue(false, reason));
        String policy = recording.policyText();
        if (policy.isEmpty()) {
            play(recording, Agents.running(recording.flags()));
            return;
        }
        String sensor = SENSORS.entrySet().stream().filter(section -> policy.contains(section.getKey() + ":"))
                .map(Map.Entry::getValue).findFirst().orElse("kprobe");
        recording.missingLibrary().ifPresent(reason -> assumeTrue(false, reason));
        Places.missingSensor(sensor).ifPresent(reason -> assumeTrue(false, reason));
        Matcher name = POLICY_NAME.matcher(policy);
        assertTrue(name.find(), policy);
        AgentProcess agent = Agents.running(recording.flags());
        recording.placed().values().stream()
                .map(trigger -> Launch.of(Places.trigger(trigger)).missing())
                .flatMap(Optional::stream)
                .forEach(reason -> assumeTrue(false, reason));
        try (PlacedPrograms programs = new PlacedPrograms(); PolicyClient policies = new PolicyClient(agent)) {
            programs.place(recording.placed());
            policies.add(policy);
            try {
                play(recording, agent);
            } finally {
                policies.delete(name.group(1));
            }
        }
    }

    /** Of this case the recorder kept the policy's events only, not those of the processes around them. */
    @Test
    void theLinesThatAShellReadsAreReportedFieldByField() {
        Recording recording = Recording.policy("07b-uprobe-readline-only", Lane.NATIVE);
        assumeTrue(Files.exists(recording.folder()), "no recordings in " + recording.folder().getParent());
        assumeTrue(Files.exists(Path.of("/usr/bin/script")), "no script to give the shell a terminal");
        Places.missingSensor("uprobe").ifPresent(reason -> assumeTrue(false, reason));
        AgentProcess agent = Agents.running(recording.flags());
        try (PolicyClient policies = new PolicyClient(agent)) {
            policies.add(recording.policyText());
            EventLog log = agent.events();
            int mark = log.mark();
            Launch.Running running = Launch.of("/usr/bin/bash", "-c",
                    "printf 'echo hi\\nexit\\n' | script -qec 'bash --norc -i' /dev/null; exit 0").in("/")
                    .environment(Map.of("TERM", "vt100", "PATH", "/usr/bin:/bin", "HOME", "/root")).run();
            log.barrier();
            List<Event> came = belowRecorder(running.pid(), log.since(mark)).stream().filter(Event::isOfPolicy).toList();
            policies.delete("readline-only");
            assertEquals(String.join("\n", canonical(recording, recording.ofPolicy())),
                    String.join("\n", canonical(recording, came)), running::output);
        }
    }

    private static List<String> canonical(Recording recording, List<Event> events) {
        if (events.isEmpty()) {
            return List.of();
        }
        Canonical canonical = new Canonical(Life.of(events, Set.of()), recording.workload(), 0, Set.of());
        return events.stream().flatMap(event -> canonical.lines(event).stream()).toList();
    }

    private static void play(Recording recording, AgentProcess agent) {
        EventLog log = agent.events();
        int mark = log.mark();
        Launch.Running running = recording.launch().run();
        log.barrier();
        if (recording.policyText().contains("StackTrace: true")) {
            // These events wait for the names of their stacks.
            Timeouts.await(
                    Timeouts.event(),
                    () -> ofPolicy(belowRecorder(running.pid(), log.since(mark))) >= ofPolicy(recording.events()));
        }
        boolean loads = recording.policyText().contains("loader: true");
        if (loads) {
            // Likewise for the build id of a file that is new to the agent.
            Life recorded = Life.of(recording.events(), Recording.NOT_RECORDED);
            long wanted = recorded.all().stream().flatMap(life -> life.events().stream()).filter(GoldenIT::isLoad).count();
            log.await(mark, events -> fromFirstExec(belowRecorder(running.pid(), events)).stream()
                    .filter(GoldenIT::isLoad).count() >= wanted);
        }
        List<Event> all = belowRecorder(running.pid(), log.since(mark));
        List<Event> events = loads ? fromFirstExec(all) : all;
        assertTrue(
                !events.isEmpty(),
                () -> "no event of the workload; events since it started:\n" + EventLog.summary(log.since(mark)));

        Life recorded = Life.of(recording.events(), Recording.NOT_RECORDED);
        Life played = Life.of(events, Recording.NOT_RECORDED);
        List<String> differences = differences(recording, recorded, played);
        assertTrue(
                differences.isEmpty(),
                () -> differences.size() + " differences (- recorded, + came)\n" + String.join("\n", differences)
                        + "\nthe workload printed:\n" + running.output());
    }

    private static List<String> differences(Recording recording, Life recorded, Life played) {
        long held = ProcStatus.ofSelf().hex("CapPrm");
        Canonical golden = new Canonical(recorded, recording.recordedWorkload(), held, recording.mistaken());
        Canonical ours = new Canonical(played, recording.workload(), held, recording.mistaken());
        return recording.programs().isEmpty()
                ? Comparison.differences(recorded, golden, played, ours, recording.isTrimmed())
                : Comparison.differencesOf(recording.programs(), recorded, golden, played, ours);
    }

    private static boolean isLoad(Event event) {
        return event.type().equals("process_loader");
    }

    /** The recordings begin with an exec: what the recorder's shell did before it in the same process is not in them. */
    private static List<Event> fromFirstExec(List<Event> events) {
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).type().equals("process_exec")) {
                long root = events.get(i).pid();
                Instant began = Instant.parse(events.get(i).json().path("time").asText());
                return events.stream()
                        .filter(event -> event.pid() != root
                                || !Instant.parse(event.json().path("time").asText()).isBefore(began))
                        .toList();
            }
        }
        return events;
    }

    private static long ofPolicy(List<Event> events) {
        return events.stream().filter(Event::isOfPolicy).count();
    }

    /** The events of the tree without those of the shell that stands for the recorder. */
    private static List<Event> belowRecorder(long pid, List<Event> events) {
        return EventTree.below(pid, events).stream().filter(event -> event.pid() != pid).toList();
    }
}
