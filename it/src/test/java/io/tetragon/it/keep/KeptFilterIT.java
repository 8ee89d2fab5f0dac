// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.keep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Cgroups;
import io.tetragon.it.kit.ContainerClient;
import io.tetragon.it.kit.ContainerClient.Container;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.Timeouts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies for some processes only that stay in force without the agent: for these processes, and for no others. */
@NeedsAgent
@Order(9)
@Tag("restarts")
class KeptFilterIT {
    private static final String TOP = "tetragon-it-kept";
    private static final String WEB = TOP + "/web";
    private static final String GONE = TOP + "/gone";
    private static final Forbidden FORBIDDEN = Forbidden.CALL;

    private final Path folder = Path.of(Places.scratch("kept-filter-policies"));
    private final AgentSetup filtering =
            AgentSetup.DEFAULTS.with("--tracing-policy-dir", folder.toString(), "--enable-policy-filter");
    private final AgentSetup keeping = filtering.with("--keep-sensors-on-exit");
    private final Remains remains = new Remains();
    private Cgroups cgroups;
    private AgentProcess agent;

    @BeforeEach
    void begin() throws IOException {
        assumeTrue(Files.isDirectory(Path.of("/sys/fs/bpf")), "the kernel has no BPF file system");
        Optional<Path> root = Cgroups.root();
        assumeTrue(root.isPresent(), "no unified hierarchy of cgroups is mounted");
        assumeFalse(Timeouts.isSlow(), "too many starts for an emulated machine");
        Places.missingSensor("kprobe").ifPresent(reason -> assumeTrue(false, reason));
        FORBIDDEN.steadily().missing().ifPresent(reason -> assumeTrue(false, reason));
        Agents.stop();
        Pinned.remove(folder);
        Files.createDirectories(folder);
        cgroups = new Cgroups(root.get());
        cgroups.make(WEB);
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
        if (cgroups != null) {
            cgroups.close();
        }
    }

    private void next(AgentSetup setup) {
        agent = agent.startAgain(setup);
        remains.expectToEnd(agent);
    }

    private boolean isPossibleInContainer() {
        return Forbidden.Attempts.of(cgroups.enter(WEB, FORBIDDEN.steadily()).hold().run()).succeeded() > 0;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', value = {
        "containerSelector: {matchLabels: {name: web}} | false",
        "hostSelector: {}                              | true",
    })
    void aRestrictedPolicyStaysInForceForItsOwnProcessesOnly(String restriction, boolean onHost) throws IOException {
        Files.writeString(folder.resolve("restricted.yaml"),
                FORBIDDEN.policy("restricted").replace("spec:\n", "spec:\n  " + restriction + '\n'));
        agent = AgentProcess.start(keeping);
        remains.expectToEnd(agent);
        cgroups.make(GONE);
        try (ContainerClient runtime = new ContainerClient(agent)) {
            runtime.created(Container.in('/' + WEB).id("c1").name("web"));
            runtime.created(Container.in('/' + GONE).id("c2").name("web"));
        }
        assertForbidden(onHost, "while the agent runs");
        Launch.Running attempts =
                (onHost ? FORBIDDEN.steadily() : cgroups.enter(WEB, FORBIDDEN.steadily()).hold()).start();
        agent.terminate();
        cgroups.remove(GONE);
        assertForbidden(onHost, "after an orderly end");
        next(keeping);
        assertForbidden(onHost, "when the next agent has taken over");
        agent.kill();
        assertForbidden(onHost, "after a kill");
        next(keeping);
        assertForbidden(onHost, "when the one after the killed one has taken over");
        agent.terminate();
        next(filtering.with("--release-pinned-bpf=false"));
        assertForbidden(onHost, "when an agent that keeps nothing has taken over");
        Forbidden.Attempts made = Forbidden.Attempts.of(attempts);
        assertTrue(made.made() > 100, made::toString);
        assertEquals(0, made.succeeded(), made::toString);
        agent.kill();
        assertTrue(Timeouts.await(Timeouts.event(), () -> FORBIDDEN.isPossible() && isPossibleInContainer()));
        next(filtering);
        assertEquals(!onHost, isPossibleInContainer(), "what was not kept is not remembered");
    }

    private void assertForbidden(boolean onHost, String when) {
        assertEquals(!onHost, FORBIDDEN.isPossible(), () -> "on the host " + when + agent.logTail());
        assertEquals(onHost, isPossibleInContainer(), () -> "in the container " + when + agent.logTail());
    }
}
