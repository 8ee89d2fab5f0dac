// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.policy.Hits.SEEK;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.ContainerClient;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.EventTree;
import io.tetragon.it.kit.Holdings;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.PolicyClient.Mode;
import io.tetragon.it.kit.PolicyClient.Policy;
import io.tetragon.it.kit.Timeouts;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a policy is called, what state it is in, and what of it is left when it is gone. */
@NeedsAgent
@Order(6)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyLifecycleIT {
    private static final String POST = PolicyText.onSeek(PolicyText.onlyTriggers(""));
    private static final String KILL = PolicyText.onSeek(PolicyText.onlyTriggers(PolicyText.action("Sigkill")));
    /** What a simple policy may take of the kernel's memory. */
    private static final long SIMPLE = 200_000;

    private AgentProcess agent;
    private PolicyClient policies;

    @BeforeAll
    void start() {
        for (String sensor : List.of("kprobe", "tracepoint")) {
            Places.missingSensor(sensor).ifPresent(reason -> assumeTrue(false, reason));
        }
        Launch.of(SEEK).missing().ifPresent(reason -> assumeTrue(false, reason));
        agent = Agents.running(AgentSetup.DEFAULTS);
        policies = new PolicyClient(agent);
    }

    @AfterEach
    void clean() {
        policies.deleteAll();
    }

    @AfterAll
    void stop() {
        if (policies != null) {
            policies.close();
        }
    }

    private void add(String name, String spec) {
        policies.add(PolicyText.of(name, spec));
    }

    /** Runs the trigger to this end and returns how many events of the policy it gave. */
    private long hits(String policy, int status) {
        EventLog log = agent.events();
        int mark = log.mark();
        Launch.Running running = Launch.of(SEEK, "1", "2").run();
        assertEquals(status, running.awaitEnd(), running::output);
        log.barrier();
        return EventTree.below(running.pid(), log.since(mark)).stream()
                .filter(event -> event.at("policy_name").asText().equals(policy))
                .count();
    }

    private static StatusRuntimeException refused(Status.Code code, Runnable call) {
        StatusRuntimeException e = assertThrows(StatusRuntimeException.class, call::run);
        assertEquals(code, e.getStatus().getCode(), e::getMessage);
        return e;
    }

    @Test
    void anAddedPolicyIsListedWithWhatItTakes() {
        add("listed", POST);
        Policy policy = policies.get("listed");
        System.out.println("policy: " + policy);
        assertAll(
                () -> assertEquals("enabled", policy.state()),
                () -> assertEquals("", policy.error()),
                () -> assertEquals("grpc", policy.domain()),
                () -> assertEquals("", policy.namespace()),
                () -> assertEquals(List.of("generic_kprobe"), policy.sensors()),
                () -> assertEquals(Mode.MONITOR_ONLY, policy.mode()),
                () -> assertTrue(policy.id() >= 2, policy::toString),
                () -> assertTrue(policy.kernelMemory() > 0 && policy.kernelMemory() <= SIMPLE, policy::toString),
                () -> assertEquals(
                        List.of(new PolicyClient.Hook("kprobes", 0, "sys_lseek", "loaded")), policy.hooks()));
    }

    @Test
    void aDisabledPolicyReportsNothingUntilItIsEnabled() {
        add("paused", POST);
        assertEquals(2, hits("paused", 0));
        long memory = policies.get("paused").kernelMemory();

        policies.disable("paused");
        assertEquals("disabled", policies.get("paused").state());
        assertEquals(0, hits("paused", 0));

        policies.enable("paused");
        assertEquals("enabled", policies.get("paused").state());
        assertEquals(2, hits("paused", 0));
        assertEquals(memory, policies.get("paused").kernelMemory(), "kernel memory");
    }

    @Test
    void aPolicyInMonitorModeReportsAndDoesNotEnforce() {
        add("enforcing", KILL);
        assertEquals(Mode.ENFORCE, policies.get("enforcing").mode());
        assertEquals(1, hits("enforcing", 137));

        policies.setMode("enforcing", Mode.MONITOR);
        assertEquals(Mode.MONITOR, policies.get("enforcing").mode());
        assertEquals(2, hits("enforcing", 0));

        policies.setMode("enforcing", Mode.ENFORCE);
        assertEquals(1, hits("enforcing", 137));
        PolicyClient.Counters counters = policies.get("enforcing").counters();
        assertEquals(2, counters.enforced(), counters::toString);
        assertEquals(2, counters.monitored(), counters::toString);
    }

    @Test
    void theModeThatAPolicyAsksForIsItsFirst() {
        add("born-monitoring", "options:\n- {name: \"policy-mode\", value: \"monitor\"}\n" + KILL);
        assertEquals(Mode.MONITOR, policies.get("born-monitoring").mode());
        assertEquals(2, hits("born-monitoring", 0));
    }

    @Test
    void aPolicyWithoutEnforcingActionsHasNoOtherMode() {
        add("harmless", POST);
        assertThrows(StatusRuntimeException.class, () -> policies.setMode("harmless", Mode.ENFORCE));
        assertEquals(Mode.MONITOR_ONLY, policies.get("harmless").mode());
        assertEquals(2, hits("harmless", 0));
    }

    @Test
    void everyPostedEventIsCounted() {
        add("counted", POST);
        hits("counted", 0);
        assertTrue(
                Timeouts.await(Timeouts.event(), () -> policies.get("counted").counters().post() == 2),
                () -> policies.get("counted").toString());
    }

    @Test
    void aPolicyOfAnotherDomainIsAnotherPolicy() {
        policies.add(PolicyText.of("twice", POST), "first");
        policies.add(PolicyText.of("twice", POST), "second");
        assertTrue(policies.domains().containsAll(List.of("first", "second")), () -> policies.domains().toString());
        assertEquals(
                List.of("first"), policies.list("first").stream().map(Policy::domain).toList());
        policies.delete("twice", "", "first");
        assertEquals(List.of(), policies.list("first"));
        assertEquals(1, policies.list("second").size());
        assertEquals(2, hits("twice", 0));
    }

    @Test
    void aSecondPolicyOfANameIsRefusedAndTheFirstStays() {
        add("unique", POST);
        refused(Status.Code.ALREADY_EXISTS, () -> add("unique", KILL));
        assertEquals(2, hits("unique", 0));
    }

    @Test
    void whatIsNotThereCannotBeDeletedOrChanged() {
        refused(Status.Code.NOT_FOUND, () -> policies.delete("nobody"));
        refused(Status.Code.NOT_FOUND, () -> policies.disable("nobody"));
        refused(Status.Code.NOT_FOUND, () -> policies.setMode("nobody", Mode.MONITOR));
    }

    @Test
    void aPolicyThatIsWrongIsRefusedWithThePlaceOfEveryMistake() {
        String wrong = PolicyText.of("wrong", POST).replace("\"Equal\"", "\"Like\"").replace("type: \"int64\"", "type: \"real\"");
        String said = refused(Status.Code.INVALID_ARGUMENT, () -> policies.add(wrong)).getMessage();
        assertAll(
                () -> assertTrue(said.contains("\"Like\""), said),
                () -> assertTrue(said.contains("\"real\""), said),
                () -> assertTrue(said.matches("(?s).*\\d+:\\d+: spec\\.kprobes\\[0].*"), said));
        assertEquals(0, hits("wrong", 0));
    }

    @Test
    void aRestrictionToSomeProcessesNeedsThePolicyFilter() {
        for (String restriction : List.of("podSelector", "containerSelector", "hostSelector")) {
            String said = refused(Status.Code.INVALID_ARGUMENT, () -> add("restricted", restriction + ": {}\n" + POST)).getMessage();
            assertTrue(said.contains("--enable-policy-filter"), said);
        }
        // Nobody asks for containers, so it is no mistake to tell of any.
        try (ContainerClient runtime = new ContainerClient(agent)) {
            runtime.created(ContainerClient.Container.in("/no/such/group").name("a"));
        }
    }

    @Test
    void aFunctionThatThisKernelLacksIsNamed() {
        String spec = "kprobes:\n- {call: \"no_such_function\", syscall: false}\n";
        String said = assertThrows(StatusRuntimeException.class, () -> add("missing", spec)).getMessage();
        assertTrue(said.contains("no_such_function"), said);
        policies.find("missing").ifPresent(policy -> {
            assertEquals("load_error", policy.state());
            assertTrue(!policy.error().isEmpty(), policy::toString);
            assertEquals(0, policy.kernelMemory());
        });
    }

    @Test
    void aSystemCallThatThisKernelLacksIsSkippedIfThePolicySaysSo() {
        add("partial", """
                kprobes:
                - call: "sys_no_such_call"
                  syscall: true
                  ignore: {callNotFound: true}
                """ + POST.substring(POST.indexOf('\n') + 1));
        Policy policy = policies.get("partial");
        assertEquals("partially_enabled", policy.state(), policy::toString);
        assertEquals(
                List.of("call_not_found", "loaded"),
                policy.hooks().stream().map(PolicyClient.Hook::state).toList(),
                policy::toString);
        assertEquals(2, hits("partial", 0));
    }

    @Test
    void aFailedPolicyLeavesTheOthersAlone() {
        String broken = POST + """
                tracepoints:
                - {subsystem: "no_such_system", event: "no_such_event"}
                """;
        add("sound", POST);
        // The first one may bring the bundle of tracepoints.
        assertThrows(StatusRuntimeException.class, () -> add("first", broken));
        Holdings before = Holdings.of(agent);
        assertThrows(StatusRuntimeException.class, () -> add("broken", broken));
        assertEquals(List.of(), Holdings.of(agent).growthSince(before));
        assertEquals(2, hits("sound", 0));
    }

    @Test
    void ofADeletedPolicyNothingIsLeftInTheKernel() {
        // The first one may bring what is kept for the next.
        add("gone", POST);
        policies.delete("gone");
        Holdings before = Holdings.of(agent);
        add("gone", POST);
        Set<Integer> programs = Holdings.programs(agent);
        programs.removeAll(before.programs());
        assertTrue(!programs.isEmpty(), "the policy has no program of its own");

        policies.delete("gone");
        assertTrue(
                Timeouts.await(Timeouts.event(), () -> Holdings.alive(agent, programs).isEmpty()),
                () -> "programs still in the kernel: " + Holdings.alive(agent, programs));
        assertEquals(List.of(), Holdings.of(agent).growthSince(before));
    }
}
