// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.StatusRuntimeException;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.EventTree;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.PolicyClient.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Policies that people run: each loads, fires and goes, or is refused for what this kernel or tree lacks. */
@NeedsAgent
@Order(8)
@Tag("matrix")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CorpusIT {
    private static final Path CORPUS = Places.SHARED.resolve("corpus/policies");

    private static final Pattern CALL = Pattern.compile("call: \"?([\\w:.]+)");

    /** The sensor of each section. */
    private static final Map<String, String> SENSORS = Map.of(
            "kprobes", "kprobe", "tracepoints", "tracepoint", "uprobes", "uprobe", "usdts", "uprobe", "lsmhooks", "lsm",
            "loader", "loader");

    /** Words of a refusal, and what justifies them. */
    private record Reason(Pattern words, boolean justified) {
        Reason(String words, boolean justified) {
            this(Pattern.compile(words, Pattern.CASE_INSENSITIVE), justified);
        }
    }

    /** A program that stands for one of the author's. */
    private static final String USDT = trigger("usdt");

    /** Stands for the shell that a policy names, so that none of the machine's own is concerned. */
    private static final String VICTIM = scratch("corpus-bash");

    /** How the actions end that are forbidden: killed, or denied. */
    private static final Map<String, Integer> ENDS = Map.of("killer.yaml", 137, "override-security.yaml", 1);

    /** Actions that the policies of these files must report, where they load. */
    private static final Map<String, Launch> TRIGGERS = Map.ofEntries(
            Map.entry("fd_install_caps.yaml",
                    Launch.of("/usr/bin/unshare", "-Ur", trigger("write-to"), scratch("corpus"), "1")),
            Map.entry("fd_install_ns_host.yaml", Launch.of(trigger("write-to"), scratch("corpus"), "1")),
            Map.entry("file_monitoring.yaml", Launch.of("/usr/bin/cat", "/etc/shadow")),
            Map.entry("killer.yaml", Launch.of(VICTIM, "-c", "exec 7>&1")),
            Map.entry("override-security.yaml", Launch.of("/usr/bin/mkdir", scratch("corpus-folder"))),
            Map.entry("list-syscalls.yaml", Launch.of(trigger("write-to"), scratch("corpus"), "1")),
            Map.entry("lsm_file_open.yaml", Launch.of("/usr/bin/cat", "/etc/passwd")),
            Map.entry("process-creds-installed.yaml", Launch.of("/usr/bin/unshare", "-pf", trigger("change-then-seek"),
                    "nobody", "1")),
            Map.entry("raw_syscalls.yaml", Launch.of(trigger("true"))),
            Map.entry("rawtp.yaml", Launch.of(trigger("vfork-exec"), trigger("true"))),
            Map.entry("security-socket-connect.yaml", Launch.of(trigger("tcp-talk"), "127.0.0.1", "9")),
            Map.entry("sys_mount.yaml", Launch.of(trigger("mount-write"), Places.SCRATCH.toString(), "corpus")),
            Map.entry("sys_setuid.yaml", Launch.of(trigger("change-then-seek"), "nobody", "1")),
            Map.entry("uprobe.yaml", Launch.of("/bin/bash", "-c", "true")),
            Map.entry("usdt.yaml", Launch.of(USDT)));

    private AgentProcess agent;
    private PolicyClient policies;

    static Stream<Path> files() throws IOException {
        if (!Files.isDirectory(CORPUS)) {
            return Stream.of(CORPUS);
        }
        try (Stream<Path> all = Files.walk(CORPUS)) {
            return all.filter(file -> file.toString().endsWith(".yaml"))
                    .map(CORPUS::relativize)
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @BeforeAll
    void start() {
        assumeTrue(Files.isDirectory(CORPUS), "no policies in " + CORPUS);
        Places.missingSensor("kprobe").ifPresent(reason -> assumeTrue(false, reason));
        agent = Agents.running(AgentSetup.DEFAULTS);
        policies = new PolicyClient(agent);
    }

    @AfterAll
    void stop() {
        if (policies != null) {
            policies.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void aPolicyLoadsAndFiresOrIsRefusedForAReason(Path file) throws IOException {
        // As the instructions of these policies say.
        String yaml = Files.readString(CORPUS.resolve(file))
                .replace("${PODCIDR}", "10.244.0.0/16")
                .replace("${SERVICECIDR}", "10.96.0.0/12");
        if (Files.exists(Path.of(USDT))) {
            yaml = yaml.replace("/home/jolsa/tetragon/contrib/tester-progs/usdt", USDT);
        }
        if (ENDS.containsKey(file.getFileName().toString())) {
            Files.copy(Path.of("/usr/bin/bash"), Path.of(VICTIM), StandardCopyOption.REPLACE_EXISTING);
            yaml = yaml.replace("/usr/bin/bash", VICTIM);
        }
        List<Policy> before = policies.list();
        try {
            policies.add(yaml);
        } catch (StatusRuntimeException e) {
            policies.deleteAll();
            String said = e.getStatus().getDescription() == null ? e.toString() : e.getStatus().getDescription();
            if (!isJustified(said, yaml)) {
                fail("refused without need: " + said);
            }
            assumeTrue(false, "refused as it must be: " + said);
        }
        try {
            Policy policy = added(before);
            System.out.println("corpus: " + file + " takes " + policy.kernelMemory() + " bytes");
            assertTrue(List.of("enabled", "partially_enabled").contains(policy.state()), policy::toString);
            assertEquals("", policy.error());
            fires(file, policy.name());
        } finally {
            policies.deleteAll();
        }
        assertEquals(List.of(), policies.list());
    }

    private Policy added(List<Policy> before) {
        List<Policy> added = new ArrayList<>(policies.list());
        added.removeAll(before);
        assertEquals(1, added.size(), added::toString);
        return added.get(0);
    }

    private void fires(Path file, String policy) {
        Launch action = TRIGGERS.get(file.getFileName().toString());
        if (action == null || action.missing().isPresent()) {
            return;
        }
        EventLog log = agent.events();
        int mark = log.mark();
        Launch.Running running = action.run();
        Integer end = ENDS.get(file.getFileName().toString());
        if (end != null) {
            assertEquals(end, running.awaitEnd(), running::output);
            assertTrue(!Files.exists(Path.of(scratch("corpus-folder"))), "what is denied was done");
        }
        log.barrier();
        assertTrue(
                EventTree.below(running.pid(), log.since(mark)).stream()
                        .anyMatch(event -> event.at("policy_name").asText().equals(policy)),
                () -> "no event of the policy; the action printed " + running.output() + "\n"
                        + EventLog.summary(log.since(mark)));
    }

    private static boolean isJustified(String said, String yaml) {
        boolean functions = CALL.matcher(yaml).results().anyMatch(call -> !call.group(1).startsWith("sys_"))
                || yaml.contains("generated_ftrace");
        boolean unknown = CALL.matcher(yaml).results()
                .map(call -> call.group(1))
                .anyMatch(call -> !call.startsWith("sys_") && !call.contains(":") && !Lane.kernelHas(call));
        boolean sensorIsMissing = SENSORS.entrySet().stream()
                .filter(section -> Pattern.compile("(?m)^ +" + section.getKey() + ":").matcher(yaml).find())
                .anyMatch(section -> Places.missingSensor(section.getValue()).isPresent());
        return Stream.of(
                        new Reason("--enable-policy-filter", yaml.contains("Namespaced") || yaml.contains("Selector:")),
                        new Reason("no sensor serves", sensorIsMissing),
                        new Reason("this kernel lacks|available_filter_functions",
                                functions && Lane.KPROBE.missing().isPresent()),
                        new Reason("this kernel lacks lsm",
                                yaml.contains("lsmhooks:") && Lane.LSM.missing().isPresent()),
                        new Reason("no such function", unknown),
                        new Reason("of __ia32_sys_\\w+: this kernel has no such function", !Lane.kernelHas("__ia32_sys_dup")),
                        new Reason("override|fmod_?ret",
                                yaml.contains("nforcer") && Lane.OVERRIDE.missing().isPresent()
                                        || yaml.contains("Override") && Lane.FMOD_RET.missing().isPresent()),
                        new Reason("no such file|not found|does not exist", yaml.contains("/home/jolsa/")))
                .anyMatch(reason -> reason.justified && reason.words.matcher(said).find());
    }
}
