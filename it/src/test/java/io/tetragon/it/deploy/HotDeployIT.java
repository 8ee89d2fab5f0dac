// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.deploy;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.ExportFile;
import io.tetragon.it.kit.Holdings;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Ledgers;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.Timeouts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Sensors come and go under one agent, which with its clients notices nothing but the events. */
@NeedsAgent
@Order(4)
@Tag("restarts")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HotDeployIT {
    private static final String EXEC_JAR = "io.tetragon.sensor.exec.jar";
    private static final String RENAME_JAR = "rename.jar";
    private static final int FOLDER_CYCLES = 3;
    private static final int DEPLOYMENTS = Timeouts.isSlow() ? 2 : 4;

    /** The promise to the user; an emulated machine has its own idea of a second. */
    private static final Duration DETACHED = Duration.ofSeconds(Timeouts.isSlow() ? 60 : 2);

    private static final Pattern SPAWNED = Pattern.compile("spawned=(\\d+)");

    private final SensorsFolder folder = SensorsFolder.copyOfTree("hot-deploy");
    private AgentProcess agent;
    private SensorClient client;

    @BeforeAll
    void start() {
        Agents.stop();
        // Room for a burst while bundles are loaded on the same CPUs: what is lost here is lost by deploying.
        agent = AgentProcess.start(
                AgentSetup.DEFAULTS.with("--sensors-dir", folder.path(), "--rb-size-total", "32M"));
        client = new SensorClient(agent);
    }

    @BeforeEach
    void restore() {
        folder.restore(EXEC_JAR);
        client.awaitAttached("exec");
    }

    @AfterAll
    void stop() {
        client.close();
        agent.close();
    }

    @Test
    @Order(1)
    void theExecBundleIsTakenOutAndPutBackWhileTheAgentAndItsStreamsStay() {
        long pid = agent.pid();
        try (EventStream stream = client.events()) {
            assertTrue(stream.delivers(), "the stream delivers no events to begin with");
            Holdings before = Holdings.of(agent);
            for (int cycle = 0; cycle < FOLDER_CYCLES; cycle++) {
                Set<Integer> programs = Holdings.programs(agent);
                assertFalse(programs.isEmpty(), "the agent holds no BPF program");
                String unseen = "unseen-" + UUID.randomUUID();
                String seen = "seen-" + UUID.randomUUID();

                long began = System.nanoTime();
                byte[] jar = folder.take(EXEC_JAR);
                boolean closed = Timeouts.await(DETACHED, () -> Holdings.programs(agent).isEmpty());
                long took = System.nanoTime() - began;
                assertTrue(closed, () -> "programs still held after " + DETACHED + ": " + Holdings.programs(agent));
                boolean gone = Timeouts.await(
                        DETACHED.minusNanos(took), () -> Holdings.alive(agent, programs).isEmpty());
                long all = System.nanoTime() - began;
                assertTrue(gone, () -> "programs still in the kernel after " + DETACHED + ": "
                        + Holdings.alive(agent, programs));
                client.awaitGone("exec");
                assertFalse(tetraSensors().contains("exec"), "the list of sensors still has exec");
                System.out.println("hot deploy: programs closed after " + took / 1_000_000 + " ms, freed by the kernel after "
                        + all / 1_000_000 + " ms");

                Launch.of("/bin/true", unseen).run();
                folder.put(EXEC_JAR, jar);
                client.awaitAttached("exec");
                Launch.of("/bin/true", seen).run();
                assertTrue(
                        Timeouts.await(Timeouts.event(), () -> stream.has(seen)),
                        () -> "the open stream delivers nothing after the bundle came back; its end: " + stream.end());
                assertFalse(stream.has(unseen), "an exec was reported while the exec bundle was gone");
                if (cycle == 0) {
                    // What every later load uses, such as the small type information, came with the first.
                    before = Holdings.of(agent);
                }
            }
            Holdings after = Holdings.of(agent);
            System.out.println("hot deploy: before " + before + "; after " + FOLDER_CYCLES + " cycles " + after);
            assertEquals(List.of(), after.growthSince(before));
            assertNull(stream.end(), "the stream ended");
            assertTrue(agent.isAlive() && agent.pid() == pid, "the agent is not the same process");
        }
    }

    @Test
    @Order(2)
    void aSensorIsDisabledAndEnabled200TimesAndNothingGrows() {
        int cycles = Timeouts.isSlow() ? 5 : 200;
        try (EventStream stream = client.events()) {
            assertTrue(stream.delivers(), "the stream delivers no events to begin with");
            // The first time makes what every later one uses again.
            client.disable("exec");
            client.enable("exec");
            Holdings before = Holdings.of(agent);
            for (int cycle = 0; cycle < cycles; cycle++) {
                client.disable("exec");
                assertEquals(Set.of(), Holdings.programs(agent), "programs of a disabled sensor");
                client.enable("exec");
                assertFalse(Holdings.programs(agent).isEmpty(), "no programs after cycle " + cycle);
            }
            Holdings after = Holdings.of(agent);
            System.out.println("hot deploy: before " + before + "; after " + cycles + " cycles " + after);
            assertEquals(List.of(), after.growthSince(before));
            assertTrue(stream.delivers(), "no events at the end");
            assertNull(stream.end(), "the stream ended");
        }
    }

    @Test
    @Order(3)
    void aBundleComesAndGoesUnderAFloodWithoutALostEventOfAnySensor() {
        byte[] rename = BundleJar.rename().bytes();
        String program = Places.trigger("true");
        Launch flooding = Launch.of(Places.trigger("flood"), (Timeouts.isSlow() ? 20 : 10) + "s", program);
        flooding.missing().ifPresent(reason -> assumeTrue(false, reason));
        ExportFile export = new ExportFile(agent);

        long start = export.barrier();
        long from = start;
        Launch.Running flood = flooding.start();
        List<Renames> deployments = new ArrayList<>();
        for (int i = 0; i < DEPLOYMENTS; i++) {
            folder.put(RENAME_JAR, rename);
            client.awaitAttached("rename");
            export.barrier();
            folder.take(RENAME_JAR);
            client.awaitGone("rename");
            long to = export.barrier();
            Renames renames = new Renames();
            export.lines(from, to, renames::take);
            deployments.add(renames);
            from = to;
        }
        assertEquals(0, flood.awaitEnd(), flood::output);
        Matcher spawned = SPAWNED.matcher(flood.output());
        assertTrue(spawned.find(), flood::output);
        int[] seen = new int[2];
        export.lines(start, export.barrier(), line -> {
            if (binary(line).equals(program)) {
                seen[0] += line.startsWith("{\"process_exec\"") ? 1 : 0;
                seen[1] += line.startsWith("{\"process_exit\"") ? 1 : 0;
            }
        });
        agent.terminate();
        Ledgers ledgers = agent.ledgers();
        System.out.println("hot deploy: flood of " + spawned.group(1) + ", renames in each deployment "
                + deployments.stream().map(Renames::count).toList() + ", " + ledgers.ring());

        int count = Integer.parseInt(spawned.group(1));
        assertAll(
                () -> assertEquals(count, seen[0], "execs of the flood"),
                () -> assertEquals(count, seen[1], "exits of the flood"),
                () -> deployments.forEach(renames -> assertEquals("", renames.defects().orElse(""))),
                () -> deployments.forEach(renames -> assertTrue(renames.count() > 1, "a deployment without events")),
                () -> assertEquals(List.of(), ledgers.errors()),
                () -> assertEquals(0, ledgers.ringCount("lost"), "records lost in the ring"),
                () -> assertEquals(0, ledgers.lostByExport(), "events lost by the export"));
    }

    /** The binary of the event's own process, which comes before the parent's. */
    private static String binary(String line) {
        String name = "\"binary\":\"";
        int at = line.indexOf(name) + name.length();
        return line.substring(at, line.indexOf('"', at));
    }

    /** What a user sees. */
    private String tetraSensors() {
        String socket = "unix://" + agent.runDir().resolve("tetragon.sock");
        Launch.Running tetra = Launch.of(
                        Places.TREE.resolve("bin/tetra").toString(), "--server-address", socket, "sensors", "list")
                .run();
        assertEquals(0, tetra.process().exitValue(), tetra::output);
        return tetra.output();
    }
}
