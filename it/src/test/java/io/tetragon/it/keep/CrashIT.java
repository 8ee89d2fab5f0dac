// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.keep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.StatusRuntimeException;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.Timeouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The agent is killed at random moments, while it starts and while policies come and go: the next one finds nothing in its
 * way, nothing stale is left, and nothing that is wanted is lost.
 */
@NeedsAgent
@Order(9)
@Tag("restarts")
class CrashIT {
    private static final int ROUNDS = Integer.getInteger("tetragon.it.crashes", Timeouts.isSlow() ? 2 : 6);
    private static final int CHANGES_MILLIS = 400;
    private static final Forbidden WANTED = Timeouts.isSlow() ? Forbidden.strongest() : Forbidden.TRACEPOINT;

    private final Path folder = Path.of(Places.scratch("crash-policies"));
    private final Random random = new Random();
    private final Remains remains = new Remains();

    @BeforeEach
    void begin() throws IOException {
        for (String sensor : List.of("kprobe", "tracepoint")) {
            Places.missingSensor(sensor).ifPresent(reason -> assumeTrue(false, reason));
        }
        WANTED.steadily().missing().ifPresent(reason -> assumeTrue(false, reason));
        Agents.stop();
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("wanted.yaml"), WANTED.policy("wanted"));
        for (String more : List.of("b", "c", "d")) {
            Files.writeString(folder.resolve(more + ".yaml"), Forbidden.CALL.policy("more." + more)
                    .replace("attempt-steadily", more));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anAgentThatIsKilledLeavesNothingStaleAndLosesNothingThatIsWanted(boolean keep) throws IOException {
        assumeTrue(keep || !Timeouts.isSlow(), "too many starts for an emulated machine");
        AgentSetup setup = AgentSetup.DEFAULTS.with("--tracing-policy-dir", folder.toString());
        AgentSetup killed = keep ? setup.with("--keep-sensors-on-exit") : setup;
        AgentProcess agent = AgentProcess.start(killed);
        Launch.Running attempts = WANTED.steadily().start();
        long starts = 0;
        try {
            for (int round = 0; round < ROUNDS; round++) {
                remains.expectToEnd(agent);
                if (round % 2 == 0) {
                    changeUntilKilled(agent, round);
                    long began = System.nanoTime();
                    agent = agent.startAgain(killed);
                    starts = System.nanoTime() - began;
                } else {
                    agent.kill();
                    agent = agent.beginAgain(killed);
                    LockSupport.parkNanos((long) (random.nextDouble() * starts));
                    remains.expectToEnd(agent);
                    agent.kill();
                    agent = agent.startAgain(killed);
                }
                assertRound(agent, keep, round);
            }
            remains.expectToEnd(agent);
            System.out.println("crashes: " + ROUNDS + " rounds, " + remains.seen() + " programs and maps seen, keep " + keep);
            if (keep) {
                Forbidden.Attempts made = Forbidden.Attempts.of(attempts);
                assertEquals(0, made.succeeded(), made::toString);
                agent.kill();
                agent = agent.startAgain(setup);
                remains.expectToEnd(agent);
            }
        } finally {
            attempts.process().destroyForcibly();
            agent.close();
        }
        assertTrue(WANTED.isPossible(), "an agent without the flag ends with what it forbids");
        remains.assertGone(agent);
    }

    @AfterEach
    void nothingIsLeft() {
        Pinned.removeAll();
    }

    /** What is wanted is in force, and nothing else is pinned. */
    private void assertRound(AgentProcess agent, boolean keep, int round) {
        assertFalse(WANTED.isPossible(), () -> "round " + round + agent.logTail());
        List<Path> roots = Pinned.roots(agent);
        assertEquals(keep ? List.of(agent.pins()) : List.of(), roots, () -> "round " + round + agent.logTail());
        if (keep) {
            assertEquals(List.of("more%2eb", "more%2ec", "more%2ed", "wanted"), Pinned.policies(agent.pins()),
                    () -> "round " + round + agent.logTail());
        }
        try (PolicyClient policies = new PolicyClient(agent)) {
            assertEquals(
                    List.of("enabled", "enabled", "enabled", "enabled"),
                    policies.list().stream().map(PolicyClient.Policy::state).toList());
        }
    }

    /** Policies come and go until the agent is killed, somewhere in between. */
    private void changeUntilKilled(AgentProcess agent, int round) {
        Thread killer = new Thread(() -> {
            LockSupport.parkNanos((long) (random.nextDouble() * CHANGES_MILLIS * 1_000_000));
            agent.kill();
        });
        try (PolicyClient policies = new PolicyClient(agent)) {
            policies.list();
            killer.start();
            for (int i = 0; ; i++) {
                policies.add(Forbidden.CALL.policy("passing" + i).replace("attempt-steadily", "nobody"));
                // In odd rounds of changes they pile up instead.
                if (round % 4 == 0 || i % 4 == 0) {
                    policies.delete("passing" + i);
                }
            }
        } catch (StatusRuntimeException e) {
            join(killer);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
