// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.policy.Hits.SEEK;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Cgroups;
import io.tetragon.it.kit.ContainerClient;
import io.tetragon.it.kit.ContainerClient.Container;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.EventTree;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.Timeouts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Containers of a real runtime under a restricted policy, and what {@code tetra} shows of the filter in the kernel. */
@NeedsAgent
@Order(7)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerIT {
    private static final String POLICY = "contained";
    private static final String GROUP = "tetragon-it-commands";
    private static final String NO_PINS = "no BPF file system is mounted";
    private static final ObjectMapper JSON = new ObjectMapper();

    private AgentProcess agent;
    private PolicyClient policies;
    private ContainerClient runtime;
    private Cgroups cgroups;

    @BeforeAll
    void start() {
        Places.missingSensor("kprobe").ifPresent(reason -> assumeTrue(false, reason));
        Launch.of(SEEK).missing().ifPresent(reason -> assumeTrue(false, reason));
        Optional<Path> root = Cgroups.root();
        assumeTrue(root.isPresent(), "no unified hierarchy of cgroups is mounted");
        cgroups = new Cgroups(root.get());
        agent = Agents.running(PolicyFilterIT.FILTERING);
        policies = new PolicyClient(agent);
        runtime = new ContainerClient(agent);
    }

    @AfterEach
    void clean() {
        policies.deleteAll();
        cgroups.close();
    }

    @AfterAll
    void stop() {
        if (policies != null) {
            policies.close();
            runtime.close();
        }
    }

    /** The hook is the runtime's own, so it runs when the container is made and before its first program is executed. */
    @Test
    void aContainerOfRuncIsSeenFromItsFirstExecOn() throws Exception {
        Optional<Path> runc = Stream.of("/usr/sbin/runc", "/usr/bin/runc").map(Path::of).filter(Files::isExecutable).findFirst();
        assumeTrue(runc.isPresent(), "runc is not installed");
        policies.add(PolicyText.of(POLICY, "containerSelector: {matchLabels: {name: main}}\n"
                + PolicyText.onSeek(PolicyText.onlyTriggers("")) + """
                - call: "sys_execve"
                  syscall: true
                  args:
                  - {index: 0, type: "string"}
                """));
        EventLog log = agent.events();
        int mark = log.mark();
        Path bundle = bundle(runc.get(), List.of("/seek", "1", "2"));
        Launch.Running running = Launch.of(runc.get().toString(), "--root", bundle + "/state", "run", "--bundle",
                bundle.toString(), bundle.getFileName().toString()).run();
        // A kernel without what containers need is not ours to repair.
        assumeTrue(running.process().exitValue() == 0, () -> "runc cannot run a container here: " + running.output());
        log.barrier();
        assertEquals(
                List.of("execve /seek", "lseek 1", "lseek 2"),
                log.since(mark).stream().filter(ContainerIT::isHit).map(ContainerIT::describe).toList(),
                () -> EventLog.summary(log.since(mark)));
        assertForgotten(bundle.getFileName().toString());
    }

    /** Containers are looked for now and then. */
    private void assertForgotten(String container) {
        Pattern line = Pattern.compile("container is gone.*" + Pattern.quote(container));
        assertTrue(
                Timeouts.await(Timeouts.event(), () -> line.matcher(agent.log()).find()),
                () -> "the container is still known" + agent.logTail());
    }

    /** A file system with one program, and a hook that tells the agent. */
    private Path bundle(Path runc, List<String> command) throws IOException {
        Path bundle = Files.createTempDirectory(Places.SCRATCH, "tetragon-it-");
        Files.createDirectories(bundle.resolve("rootfs"));
        Files.copy(Path.of(SEEK), bundle.resolve("rootfs/seek"));
        Launch.of(runc.toString(), "spec", "--bundle", bundle.toString()).run();
        Path file = bundle.resolve("config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
        String cgroup = "/" + bundle.getFileName();
        ((ObjectNode) config.get("process")).put("terminal", false).set("args", JSON.valueToTree(command));
        ((ObjectNode) config.get("linux")).put("cgroupsPath", cgroup);
        List<String> hook = new ArrayList<>(List.of("tetra"));
        hook.addAll(List.of("--server-address", "unix://" + agent.runDir().resolve("tetragon.sock"), "rthooks",
                "create-container", "--container-id", bundle.getFileName().toString(), "--container-name", "main",
                "--root-dir", bundle + "/rootfs", "--cgroups-path", cgroup, "--annotations", "a=b,c=d"));
        ObjectNode told = JSON.createObjectNode().put("path", Places.TREE + "/bin/tetra");
        told.set("args", JSON.valueToTree(hook));
        told.set("env", JSON.valueToTree(
                List.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "JAVA_HOME=" + System.getProperty("java.home"))));
        config.set("hooks", JSON.createObjectNode().set("createRuntime", JSON.createArrayNode().add(told)));
        JSON.writeValue(file.toFile(), config);
        return bundle;
    }

    private static boolean isHit(Event event) {
        return event.at("policy_name").asText().equals(POLICY);
    }

    private static String describe(Event event) {
        JsonNode args = event.at("args");
        String name = event.at("function_name").asText().replace("__x64_sys_", "");
        return name + " " + (name.equals("lseek") ? args.path(1).path("long_arg") : args.path(0).path("string_arg")).asText();
    }

    @Test
    @Tag("matrix")
    void commandsShowAndChangeWhatIsInTheKernel() {
        Path group = cgroups.make(GROUP);
        policies.add(PolicyText.of(POLICY, "containerSelector: {matchLabels: {name: main}}\nhostSelector: {}\n"
                + PolicyText.onSeek(PolicyText.onlyTriggers(""))));
        long filter = policies.get(POLICY).filterId();
        assumeTrue(Files.exists(map()), NO_PINS);
        String id = tetra("policyfilter", "cgroupid", group.toString()).strip();
        runtime.created(Container.in(GROUP).id("temporary").name("main"));
        String dump = dump();
        assertTrue(dump.contains("\n1: " + id + "\n" + filter + ": " + id + ",host\n"), dump);
        assertTrue(dump.contains("--- Reverse Map ---\n" + id + ": " + filter), dump);
        assertEquals(filter + "\n", tetra("policyfilter", "listpolicies", id, "--map-fname", map().toString()));

        cgroups.remove(GROUP);
        assertForgotten("temporary");
        String left = dump();
        assertFalse(left.contains(id), left);
    }

    @Test
    @Tag("matrix")
    void aCgroupAddedByHandIsInTheFilter() {
        Path group = cgroups.make(GROUP + "/one/two");
        policies.add(PolicyText.of(POLICY, "containerSelector: {matchLabels: {name: nobody}}\n"
                + PolicyText.onSeek(PolicyText.onlyTriggers(""))));
        assumeTrue(Files.exists(map()), NO_PINS);
        String filter = Long.toString(policies.get(POLICY).filterId());
        tetra("policyfilter", "add", filter, group.toString(), "--arg-type", "file", "--map-fname", map().toString());
        String id = tetra("policyfilter", "cgroupid", group.toString()).strip();
        tetra("policyfilter", "add", filter, id, "--map-fname", map().toString());

        EventLog log = agent.events();
        int mark = log.mark();
        Launch.Running running = cgroups.enter(GROUP + "/one/two", Launch.of(SEEK, "1")).run();
        log.barrier();
        assertEquals(1, EventTree.below(running.pid(), log.since(mark)).stream().filter(ContainerIT::isHit).count());
    }

    private Path map() {
        try {
            return Path.of(JSON.readTree(agent.runDir().resolve("tetragon-info.json").toFile()).get("map_dir").asText(),
                    "policy_filter_maps");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String dump() {
        return tetra("policyfilter", "dump", "--map-fname", map().toString());
    }

    private static String tetra(String... arguments) {
        List<String> command = new ArrayList<>(List.of(Places.TREE.resolve("bin/tetra").toString()));
        command.addAll(List.of(arguments));
        Launch.Running running = Launch.of(command.toArray(String[]::new)).run();
        assertEquals(0, running.process().exitValue(), () -> String.join(" ", command) + " said:\n" + running.output());
        return running.output();
    }
}
