// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.keep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Cgroups;
import io.tetragon.it.kit.ContainerClient;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.Timeouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Policies stay in force when the agent ends, however it ends, and the next one takes over without a gap. */
@NeedsAgent
@Order(9)
class KeptSensorsIT {
    private static final String TOO_SLOW = "too many starts for an emulated machine";
    private static final String KEEP = "--keep-sensors-on-exit";
    private static final Pattern RELEASED = Pattern.compile("records_not_read=(\\d+) records_lost=(\\d+)");
    /** A start is killed this long after its beginning: in the framework, among the sensors, among the policies. */
    private static final int[] KILLED_AFTER_MILLIS = {700, 1400, 2000};

    private final Path folder = Path.of(Places.scratch("kept-policies"));
    private final AgentSetup plain = AgentSetup.DEFAULTS.with("--tracing-policy-dir", folder.toString());
    private final AgentSetup keeping = plain.with(KEEP);
    private final Remains remains = new Remains();
    private AgentProcess agent;

    @BeforeEach
    void begin() throws IOException {
        assumeTrue(Files.isDirectory(Path.of("/sys/fs/bpf")), "the kernel has no BPF file system");
        Agents.stop();
        Pinned.remove(folder);
        Files.createDirectories(folder);
    }

    @AfterEach
    void nothingIsLeft() {
        try {
            if (agent != null) {
                agent.close();
                remains.assertGone(agent);
            }
        } finally {
            Pinned.removeAll();
        }
    }

    private void write(Forbidden forbidden, String name) throws IOException {
        Files.writeString(folder.resolve(name + ".yaml"), forbidden.policy(name));
    }

    private void first(AgentSetup setup) {
        agent = AgentProcess.start(setup);
        remains.expectToEnd(agent);
    }

    private void next(AgentSetup setup) {
        agent = agent.startAgain(setup);
        remains.expectToEnd(agent);
    }

    private static void require(Forbidden forbidden) {
        forbidden.lane().missing().ifPresent(reason -> assumeTrue(false, reason));
        forbidden.steadily().missing().ifPresent(reason -> assumeTrue(false, reason));
        for (String sensor : List.of("kprobe", "tracepoint", "uprobe", "lsm")) {
            Places.missingSensor(sensor).ifPresent(reason -> assumeTrue(false, reason));
        }
    }

    @ParameterizedTest
    @EnumSource
    @Tag("matrix")
    void whatIsForbiddenStaysForbiddenHoweverTheAgentEndsAndStartsAgain(Forbidden forbidden) throws IOException {
        require(forbidden);
        assumeFalse(Timeouts.isSlow() && forbidden != Forbidden.strongest() && forbidden != Forbidden.DENIED,
                "the other rows are enough on an emulated machine");
        write(forbidden, "forbids");
        first(keeping);
        Launch.Running attempts = forbidden.steadily().start();
        agent.terminate();
        assertTrue(agent.log().contains("policies stay in force without the agent"), agent::logTail);
        next(keeping);
        agent.kill();
        if (!Timeouts.isSlow()) {
            for (int millis : KILLED_AFTER_MILLIS) {
                agent = agent.beginAgain(keeping);
                LockSupport.parkNanos(millis * 1_000_000L);
                remains.expectToEnd(agent);
                agent.kill();
            }
        }
        next(keeping);
        Forbidden.Attempts made = Forbidden.Attempts.of(attempts);
        assertEquals(List.of(agent.pins()), Pinned.roots(agent), "what earlier agents pinned is gone");
        assertTrue(made.made() > 100, made::toString);
        assertEquals(0, made.succeeded(), made::toString);
        assertTrue(RELEASED.matcher(agent.log()).find(), agent::logTail);
        System.out.println("kept sensors: " + forbidden + ' ' + made);

        agent.terminate();
        assertFalse(forbidden.isPossible());
        // The defaults lift it at once, and a policy that is loaded anew ends with its agent.
        Files.delete(folder.resolve("forbids.yaml"));
        next(plain);
        assertTrue(Timeouts.await(Timeouts.event(), forbidden::isPossible), "it is lifted");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "containerSelector: {matchLabels: {name: web}}, false, true",
        "hostSelector: {}, true, false",
    })
    @Tag("restarts")
    void aRestrictedPolicyStaysInForceForItsProcessesAndNoOthers(String restriction, boolean inContainer, boolean onHost)
            throws IOException {
        require(Forbidden.CALL);
        assumeFalse(Timeouts.isSlow(), TOO_SLOW);
        Optional<Path> root = Cgroups.root();
        assumeTrue(root.isPresent(), "no unified hierarchy of cgroups is mounted");
        Files.writeString(folder.resolve("forbids.yaml"),
                Forbidden.CALL.policy("forbids").replace("spec:\n", "spec:\n  " + restriction + "\n"));
        String group = "tetragon-it-outlived";
        try (Cgroups cgroups = new Cgroups(root.get())) {
            cgroups.make(group);
            first(keeping.with("--enable-policy-filter"));
            try (ContainerClient runtime = new ContainerClient(agent)) {
                runtime.created(ContainerClient.Container.in("/" + group).name("web"));
            }
            assertPossible(cgroups, group, inContainer, onHost);
            agent.terminate();
            assertPossible(cgroups, group, inContainer, onHost);
            next(keeping.with("--enable-policy-filter"));
            try (ContainerClient runtime = new ContainerClient(agent)) {
                runtime.created(ContainerClient.Container.in("/" + group).name("web"));
            }
            assertEquals(List.of(agent.pins()), Pinned.roots(agent), "what the earlier agent pinned is gone");
            agent.kill();
            assertPossible(cgroups, group, inContainer, onHost);
        }
        Files.delete(folder.resolve("forbids.yaml"));
        next(plain.with("--enable-policy-filter"));
        agent.kill();
        next(plain);
        assertEquals(List.of(), Pinned.roots(agent), "maps that a killed agent pinned");
    }

    private static void assertPossible(Cgroups cgroups, String group, boolean inContainer, boolean onHost) {
        Launch.Running contained = cgroups.enter(group, Forbidden.CALL.steadily()).hold().run();
        assertEquals(inContainer, Forbidden.Attempts.of(contained).succeeded() > 0, "in the container");
        assertEquals(onHost, Forbidden.CALL.isPossible(), "on the host");
    }

    @Test
    @Tag("restarts")
    void withoutTheFlagNothingIsPinnedAndAllEndsWithTheAgent() throws IOException {
        require(Forbidden.CALL);
        assumeFalse(Timeouts.isSlow(), TOO_SLOW);
        write(Forbidden.CALL, "forbids");
        first(plain);
        assertEquals(List.of(), Pinned.roots(agent));
        assertFalse(Forbidden.CALL.isPossible());
        agent.kill();
        assertTrue(Timeouts.await(Timeouts.event(), Forbidden.CALL::isPossible));
        assertEquals(List.of(), Pinned.roots(agent));
        next(plain);
    }

    @Test
    @Tag("restarts")
    void policiesAreLiftedByTheirDeletionOrWhenNobodyGivesThemToTheNextAgent() throws IOException {
        require(Forbidden.CALL);
        assumeFalse(Timeouts.isSlow(), TOO_SLOW);
        first(keeping);
        try (PolicyClient policies = new PolicyClient(agent)) {
            policies.add(Forbidden.CALL.policy("some.name"));
            assertEquals(List.of("some%2ename@grpc"), Pinned.policies(agent.pins()));
            assertFalse(Forbidden.CALL.isPossible());
            policies.deleteAll();
            assertTrue(Forbidden.CALL.isPossible());
            assertEquals(List.of(), Pinned.policies(agent.pins()));
            policies.add(Forbidden.CALL.policy("by-hand"));
        }
        agent.kill();
        assertFalse(Forbidden.CALL.isPossible());
        next(keeping);
        assertTrue(agent.log().contains("policy of an earlier agent is lifted"), agent::logTail);
        assertTrue(agent.log().contains("by-hand of domain grpc"), agent::logTail);
        assertTrue(Timeouts.await(Timeouts.event(), Forbidden.CALL::isPossible));
        agent.terminate();
        assertEquals(List.of(), Pinned.roots(agent), "with no policy in force there is nothing to keep");
    }

    @Test
    @Tag("restarts")
    void aPolicyThatCannotBeLoadedAnyMoreStaysInForceUntilItIsCorrectedOrDeleted() throws IOException {
        require(Forbidden.CALL);
        assumeFalse(Timeouts.isSlow(), TOO_SLOW);
        write(Forbidden.CALL, "forbids");
        write(Forbidden.TRACEPOINT, "other");
        first(keeping);
        agent.kill();
        Path file = folder.resolve("forbids.yaml");
        String good = Files.readString(file);
        for (String bad : List.of(good.replace("sys_lseek", "sys_no_such_call"), good.replace("selectors", "selektors"))) {
            Files.writeString(file, bad);
            Files.deleteIfExists(folder.resolve("other.yaml"));
            next(keeping);
            assertTrue(agent.log().contains("policy of an earlier agent stays in force"), agent::logTail);
            assertFalse(Forbidden.CALL.isPossible());
            agent.terminate();
            assertFalse(Forbidden.CALL.isPossible());
        }
        agent.close();
        for (Consumer<PolicyClient> lifting : List.<Consumer<PolicyClient>>of(
                policies -> policies.delete("forbids", "", "static"),
                policies -> policies.disable("forbids", "static"))) {
            Files.writeString(file, good);
            next(keeping);
            agent.kill();
            Files.writeString(file, good.replace("sys_lseek", "sys_no_such_call"));
            next(keeping);
            assertFalse(Forbidden.CALL.isPossible());
            try (PolicyClient policies = new PolicyClient(agent)) {
                lifting.accept(policies);
            }
            assertTrue(Timeouts.await(Timeouts.event(), Forbidden.CALL::isPossible), "it is lifted");
            agent.terminate();
        }
    }

    @ParameterizedTest(name = "at \"{0}\"")
    @ValueSource(strings = {"sensor attached", "policy loaded", "Ready"})
    @Tag("restarts")
    void aStartThatIsEndedByATermLeavesNoGap(String at) throws IOException {
        require(Forbidden.CALL);
        assumeFalse(Timeouts.isSlow(), TOO_SLOW);
        write(Forbidden.CALL, "forbids");
        first(keeping);
        Launch.Running attempts = Forbidden.CALL.steadily().start();
        agent.kill();
        for (int i = 0; i < 3; i++) {
            agent = agent.beginAgain(keeping);
            AgentProcess starting = agent;
            assertTrue(Timeouts.await(Timeouts.start(), () -> starting.log().contains(at)), agent::logTail);
            remains.expectToEnd(agent);
            agent.terminate();
            assertFalse(Forbidden.CALL.isPossible(), agent::logTail);
        }
        next(keeping);
        Forbidden.Attempts made = Forbidden.Attempts.of(attempts);
        assertEquals(0, made.succeeded(), made::toString);
        assertEquals(List.of(agent.pins()), Pinned.roots(agent), agent::logTail);
        agent.kill();
        next(plain);
    }

    @Test
    @Tag("restarts")
    void withoutReleaseThePolicyIsTakenOverWithoutAGapAndEndsWithTheNextAgent() throws IOException {
        require(Forbidden.CALL);
        assumeFalse(Timeouts.isSlow(), TOO_SLOW);
        write(Forbidden.CALL, "forbids");
        first(keeping);
        Launch.Running attempts = Forbidden.CALL.steadily().start();
        agent.kill();
        next(plain.with("--release-pinned-bpf=false"));
        Forbidden.Attempts made = Forbidden.Attempts.of(attempts);
        assertEquals(0, made.succeeded(), made::toString);
        assertEquals(List.of(), Pinned.roots(agent));
    }

    @Test
    @Tag("restarts")
    void whatNobodyReadIsCountedWhenTheRingIsFullAndForbiddenAllTheSame() throws IOException {
        require(Forbidden.CALL);
        assumeFalse(Timeouts.isSlow(), TOO_SLOW);
        write(Forbidden.CALL, "forbids");
        first(keeping.with("--rb-size-total", "64K"));
        agent.kill();
        Launch.Running attempts = Forbidden.CALL.steadily().start();
        LockSupport.parkNanos(1_500_000_000L);
        Forbidden.Attempts made = Forbidden.Attempts.of(attempts);
        assertEquals(0, made.succeeded(), made::toString);
        next(plain.with("--release-pinned-bpf=false"));
        Matcher released = RELEASED.matcher(agent.log());
        assertTrue(released.find(), agent::logTail);
        long unread = Long.parseLong(released.group(1));
        long lost = Long.parseLong(released.group(2));
        // A fork, an attempt and an end each.
        assertTrue(unread > 0 && unread + lost >= 3 * made.made(), () -> released.group() + ' ' + made);
        assertTrue(lost > 0, released::group);
        agent.terminate();
        assertTrue(agent.log().contains("kept_sensors/records_lost=" + lost), agent::logTail);
    }

    @Test
    @Tag("restarts")
    void whereSensorsCannotBeKeptTheAgentRefusesToStart() throws IOException {
        require(Forbidden.CALL);
        assumeFalse(Timeouts.isSlow(), TOO_SLOW);
        first(keeping);
        AgentProcess second = agent.beginAgain(keeping.with("--run-dir", Places.scratch("second-run")));
        assertEquals(1, second.awaitEnd());
        assertTrue(second.log().contains("is used by another agent"), second::log);
        agent.close();
        assertEquals(1, readOnly().awaitEnd());
    }

    /** An agent that sees the BPF file system, in its own mount namespace, but may not write to it. */
    private Launch.Running readOnly() {
        Launch.Running refused = Launch.of("unshare", "-m", "sh", "-c", "mount -o remount,bind,ro /sys/fs/bpf && exec "
                + Places.TREE.resolve("bin/tetragon") + " --keep-sensors-on-exit --run-dir " + Places.scratch("read-only-run")
                + " --state-dir " + Places.scratch("state") + " --bpf-dir tetragon-it-read-only --server-address 127.0.0.1:0"
                + " --health-server-address=").run();
        assertTrue(refused.output().contains("tetragon: --keep-sensors-on-exit: make the directory"), refused::output);
        return refused;
    }
}
