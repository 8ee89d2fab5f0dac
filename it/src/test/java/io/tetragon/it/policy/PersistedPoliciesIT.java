// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.PolicyClient.Mode;
import io.tetragon.it.kit.PolicyClient.Policy;
import io.tetragon.it.kit.Timeouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What clients added outlives the agent, however it ends, where the flag asks for it. */
@NeedsAgent
@Order(7)
@Tag("restarts")
class PersistedPoliciesIT {
    private static final String POST = PolicyText.onSeek(PolicyText.onlyTriggers(""));
    private static final String KILL = PolicyText.onSeek(PolicyText.onlyTriggers(PolicyText.action("Sigkill")));
    private static final int KILLED = 137;
    private static final int CRASHES = 4;

    @BeforeAll
    static void free() {
        assumeTrue(!Timeouts.isSlow(), "files are the same on every kernel");
        Places.missingSensor("kprobe").ifPresent(reason -> assumeTrue(false, reason));
        Launch.of(Hits.SEEK).missing().ifPresent(reason -> assumeTrue(false, reason));
        Agents.stop();
    }

    private static AgentSetup keeping(Path folder) {
        return AgentSetup.DEFAULTS.with("--persist-grpc-policies", "--persist-grpc-policies-dir", folder.toString());
    }

    private static Path folder(String name) {
        return Path.of(Places.scratch("kept-" + name));
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    private static int seek() {
        return Launch.of(Hits.SEEK, "1").run().awaitEnd();
    }

    @Test
    void afterACrashEveryPolicyIsThereAsItWas() throws IOException {
        Path folder = folder("crash");
        try (AgentProcess first = AgentProcess.start(keeping(folder))) {
            try (PolicyClient policies = new PolicyClient(first)) {
                policies.add(PolicyText.of("zeta", POST), "other/../domain");
                policies.add(PolicyText.of("kills", KILL));
                policies.add(PolicyText.of("watches", KILL.replace("4444", "4445")));
                policies.setMode("watches", Mode.MONITOR);
                policies.add(PolicyText.of("paused", POST));
                policies.disable("paused");
                policies.add(PolicyText.of("deleted", POST));
                policies.delete("deleted");
                assertThrows(StatusRuntimeException.class, () -> policies.add(PolicyText.of("impossible",
                        "kprobes:\n- {call: \"no_such_function\", syscall: false}\n")));
                assertThrows(StatusRuntimeException.class, () -> policies.add("no policy"));
            }
            first.kill();
            assertEquals(5, files(folder).size(), () -> folder.toString());
            try (AgentProcess second = first.startAgain();
                    PolicyClient policies = new PolicyClient(second)) {
                assertEquals(
                        List.of(
                                "zeta of other/../domain: enabled MONITOR_ONLY",
                                "kills of grpc: enabled ENFORCE",
                                "watches of grpc: enabled MONITOR",
                                "paused of grpc: disabled MONITOR_ONLY",
                                "impossible of grpc: load_error UNKNOWN"),
                        policies.list().stream().map(PersistedPoliciesIT::words).toList());
                assertEquals(KILLED, seek());

                policies.enable("paused");
                policies.delete("kills");
                policies.delete("impossible");
                second.terminate();
            }
            try (AgentProcess third = first.startAgain();
                    PolicyClient policies = new PolicyClient(third)) {
                assertEquals(
                        List.of("zeta of other/../domain: enabled MONITOR_ONLY", "watches of grpc: enabled MONITOR",
                                "paused of grpc: enabled MONITOR_ONLY"),
                        policies.list().stream().map(PersistedPoliciesIT::words).toList());
                assertEquals(0, seek());
                policies.deleteAll();
                assertEquals(List.of(), files(folder));
            }
        }
    }

    private static String words(Policy policy) {
        return policy.name() + " of " + policy.domain() + ": " + policy.state() + " " + policy.mode();
    }

    @Test
    void aDamagedFileIsListedAndTakesNothingFromTheOthers() throws IOException {
        Path folder = folder("damaged");
        try (AgentProcess first = AgentProcess.start(keeping(folder))) {
            try (PolicyClient policies = new PolicyClient(first)) {
                policies.add(PolicyText.of("half", POST));
                policies.add(PolicyText.of("kills", KILL));
            }
            first.terminate();
            Path half = files(folder).stream().filter(file -> file.getFileName().toString().startsWith("half")).findFirst()
                    .orElseThrow();
            byte[] whole = Files.readAllBytes(half);
            Files.write(half, java.util.Arrays.copyOf(whole, whole.length - 1));
            Path link = Files.createSymbolicLink(folder.resolve("link.policy"), Path.of("/etc/passwd"));
            try (AgentProcess second = first.startAgain();
                    PolicyClient policies = new PolicyClient(second)) {
                assertEquals("enabled", policies.get("kills").state());
                assertEquals(KILLED, seek());
                Policy damaged = policies.get(half.getFileName().toString());
                assertEquals("load_error", damaged.state());
                assertTrue(damaged.error().contains("damaged"), damaged::error);
                assertTrue(policies.get("link.policy").error().contains("not a regular file"), damaged::error);
                assertTrue(second.log().contains("kept policy is not loaded"), second::logTail);

                policies.add(PolicyText.of("half", POST));
                assertEquals("enabled", policies.get("half").state());
                policies.list().stream().filter(policy -> policy.state().equals("load_error"))
                        .forEach(policy -> policies.delete(policy.name()));
                second.kill();
            }
            try (AgentProcess third = first.startAgain();
                    PolicyClient policies = new PolicyClient(third)) {
                assertEquals(List.of("kills", "half"), policies.list().stream().map(Policy::name).toList());
                policies.deleteAll();
                assertFalse(Files.exists(link, java.nio.file.LinkOption.NOFOLLOW_LINKS));
                assertTrue(Files.exists(Path.of("/etc/passwd")));
                assertEquals(List.of(), files(folder));
            }
        }
    }

    @Test
    void whereThereIsNoRoomAPolicyIsRefusedAndNothingChanged() throws IOException {
        Path mount = Files.createDirectories(folder("full"));
        assumeTrue(
                Launch.of("/usr/bin/mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount.toString()).run().awaitEnd() == 0,
                "a small file system cannot be mounted here");
        try (AgentProcess agent = AgentProcess.start(keeping(mount.resolve("policies")));
                PolicyClient policies = new PolicyClient(agent)) {
            policies.add(PolicyText.of("fits", POST));
            String large = PolicyText.of("large", KILL) + "#".repeat(100_000) + "\n";
            StatusRuntimeException e = assertThrows(StatusRuntimeException.class, () -> policies.add(large));
            assertEquals(Status.Code.RESOURCE_EXHAUSTED, e.getStatus().getCode(), e::getMessage);
            assertTrue(e.getMessage().contains("No space left"), e::getMessage);
            assertEquals(List.of("fits"), policies.list().stream().map(Policy::name).toList());
            assertEquals(0, seek());
            assertEquals(1, files(mount.resolve("policies")).size());

            // What is in the kernel can be changed all the same, and what cannot be kept is said.
            byte[] rest = new byte[4096];
            int filled = fill(mount.resolve("filler"), rest);
            assertTrue(filled > 0);
            e = assertThrows(StatusRuntimeException.class, () -> policies.disable("fits"));
            assertTrue(e.getMessage().contains("only until the agent ends"), e::getMessage);
            assertEquals("disabled", policies.get("fits").state());
            policies.delete("fits");
            assertEquals(List.of(), files(mount.resolve("policies")));
        } finally {
            Launch.of("/usr/bin/umount", mount.toString()).run();
        }
    }

    private static int fill(Path file, byte[] piece) {
        int pieces = 0;
        try (var out = Files.newOutputStream(file)) {
            while (pieces < 1000) {
                out.write(piece);
                pieces++;
            }
        } catch (IOException e) {
            return pieces;
        }
        throw new AssertionError("the file system took " + pieces + " pieces");
    }

    @Test
    void whateverMomentTheAgentIsKilledAtItsWordIsKept() throws Exception {
        Path folder = folder("moments");
        Random random = new Random();
        long seed = random.nextLong();
        random.setSeed(seed);
        Set<String> there = new TreeSet<>();
        AgentProcess agent = AgentProcess.start(keeping(folder));
        try {
            for (int crash = 0; crash < CRASHES; crash++) {
                AtomicReference<String> doubtful = new AtomicReference<>("");
                AgentProcess current = agent;
                int round = crash;
                Thread client = new Thread(() -> change(current, round, there, doubtful), "client");
                client.start();
                // Not a wait for anything: the moment of the crash.
                Thread.sleep(200 + random.nextInt(800));
                current.kill();
                client.join();

                agent = current.startAgain();
                try (PolicyClient policies = new PolicyClient(agent)) {
                    Set<String> listed = policies.list().stream().map(Policy::name).collect(Collectors.toCollection(TreeSet::new));
                    Set<String> states = policies.list().stream().map(Policy::state).collect(Collectors.toSet());
                    assertTrue(Set.of("enabled").containsAll(states), () -> "states " + states + ", seed " + seed);
                    // Of what the agent was just told to do it gave no word.
                    Set<String> certain = new TreeSet<>(there);
                    certain.remove(doubtful.get());
                    listed.remove(doubtful.get());
                    assertEquals(certain, listed, () -> "seed " + seed + ", in doubt " + doubtful);
                    there.clear();
                    policies.list().forEach(policy -> there.add(policy.name()));
                }
                assertEquals(there.size(), files(folder).size(), () -> "files in " + folder);
            }
        } finally {
            agent.close();
        }
    }

    /** Adds policies and deletes every other one until the agent is gone. */
    private static void change(AgentProcess agent, int round, Set<String> there, AtomicReference<String> doubtful) {
        try (PolicyClient policies = new PolicyClient(agent)) {
            for (int i = 0; i < 10_000; i++) {
                String name = "p" + round + "-" + i;
                doubtful.set(name);
                policies.add(PolicyText.of(name, POST));
                there.add(name);
                if (i % 2 == 1) {
                    policies.delete(name);
                    there.remove(name);
                }
                if (there.size() > 20) {
                    String oldest = there.iterator().next();
                    doubtful.set(oldest);
                    policies.delete(oldest);
                    there.remove(oldest);
                }
            }
        } catch (RuntimeException e) {
            if (agent.isAlive() && !e.getMessage().contains("UNAVAILABLE")) {
                throw e;
            }
        }
    }

    @Test
    void withoutTheFlagNothingIsKept() {
        try (AgentProcess first = AgentProcess.start(AgentSetup.DEFAULTS.with("--persist-grpc-policies-dir",
                folder("unasked").toString()))) {
            try (PolicyClient policies = new PolicyClient(first)) {
                policies.add(PolicyText.of("short-lived", POST));
            }
            first.terminate();
            assertFalse(Files.exists(folder("unasked")));
        }
    }
}
