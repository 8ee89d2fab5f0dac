// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

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
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.PolicyClient.Mode;
import io.tetragon.it.kit.PolicyClient.Policy;
import io.tetragon.it.kit.Timeouts;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That what a policy forbids does not happen, seen from outside: directories that are not made, processes that are dead. */
@NeedsAgent
@Order(6)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EnforcementIT {
    private static final int THREADS = 16;
    private static final int TIMES = 625;
    private static final int KILLED = 137;
    private static final int CHANGES = Timeouts.isSlow() ? 3 : 6;
    /** Forks of more at once would keep the agent from its work for long. */
    private static final int FORKING = 2;
    private static final int PROCESSES = Timeouts.isSlow() ? 5 : 60;
    private static final String NAME = "forbids";

    /** On another system call path of the same program: what comes and goes beside the policy in question. */
    private static final String BESIDE = PolicyText.of("beside", """
            kprobes:
            - call: "sys_mkdir"
              syscall: true
              selectors:
              - matchBinaries:
                - {operator: "In", values: ["/nobody"]}
            """);

    private AgentProcess agent;
    private PolicyClient policies;

    @BeforeAll
    void start() {
        for (String sensor : List.of("kprobe", "tracepoint")) {
            Places.missingSensor(sensor).ifPresent(reason -> assumeTrue(false, reason));
        }
        Launch.of(Attempts.PROGRAM).missing().ifPresent(reason -> assumeTrue(false, reason));
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

    private static void requires(Lane lane) {
        lane.missing().ifPresent(reason -> assumeTrue(false, reason));
    }

    /** A policy whose enforcer is told at the entry of all system calls. */
    private static String enforcer(String calls, String action, String... options) {
        return PolicyText.of(NAME, String.join("\n", options) + """

                lists:
                - {name: "calls", type: "syscalls", values: [%s]}
                enforcers:
                - calls: ["list:calls"]
                tracepoints:
                - subsystem: "raw_syscalls"
                  event: "sys_enter"
                  args:
                  - {index: 4, type: "syscall64"}
                  selectors:
                  - matchArgs:
                    - {index: 0, operator: "InMap", values: ["list:calls"]}
                    matchBinaries:
                    - {operator: "In", values: ["%s"]}
                    matchActions:
                    - {action: "NotifyEnforcer", %s}
                    - {action: "NoPost"}
                """.formatted(calls, Attempts.PROGRAM, action));
    }

    /** A policy with actions of its own on a function that makes directories. */
    private static String hook(String function, String actions, String... options) {
        return PolicyText.of(NAME, String.join("\n", options) + """

                kprobes:
                - call: "%s"
                  syscall: %s
                  selectors:
                  - matchBinaries:
                    - {operator: "In", values: ["%s"]}
                    matchActions:
                """.formatted(function, function.startsWith("sys_"), Attempts.PROGRAM)
                + actions.indent(4) + "    - {action: \"NoPost\"}\n");
    }

    private static String mode(String mode) {
        return "options:\n- {name: \"policy-mode\", value: \"" + mode + "\"}";
    }

    private static String method(String method) {
        return "options:\n- {name: \"override-method\", value: \"" + method + "\"}";
    }

    private Policy forbidding() {
        return policies.get(NAME);
    }

    // Killing.

    @Tag("matrix")
    @Test
    void withoutAPolicyTheAttemptsSucceed() {
        assertEquals(new Attempts(0, 20, 20, 0, 0, 20), Attempts.make(4, 5));
    }

    @Test
    void anEnforcerThatSignalsKillsOnEveryKernel() {
        policies.add(enforcer("\"sys_mkdir\"", "argSig: 9"));
        Attempts attempts = Attempts.make(1, 2);
        assertEquals(KILLED, attempts.status(), attempts::toString);
        assertTrue(attempts.found() <= 1, attempts::toString);
        assertEquals(KILLED, Attempts.make(THREADS, TIMES).status(), "one of many threads ends the process");
        assertAll(
                () -> assertEquals("enabled", forbidding().state()),
                () -> assertEquals(List.of("__enforcer__", "generic_tracepoint"), forbidding().sensors()),
                () -> assertTrue(forbidding().counters().enforced() >= 1, () -> forbidding().toString()));
    }

    @Tag("matrix")
    @Test
    void noneOfManyProcessesAtOnceSurvivesAnEnforcer() {
        policies.add(enforcer("\"sys_mkdir\"", "argSig: 9"));
        allDie();
    }

    @Tag("matrix")
    @Test
    void noneOfManyProcessesAtOnceSurvivesSigkill() {
        policies.add(hook("sys_mkdir", "- {action: \"Sigkill\"}\n"));
        allDie();
    }

    @Tag("matrix")
    @Test
    void noneSurvivesWhileOtherPoliciesOnTheCallComeAndGo() {
        policies.add(hook("sys_mkdir", "- {action: \"Sigkill\"}\n"));
        Attempts.Running running = Attempts.start(FORKING, 0, "fork");
        comeAndGo();
        died(running.end());
    }

    @Test
    void a32BitCallerIsKilledByItsOwnCallOfTheList() {
        requires(Lane.COMPAT);
        policies.add(enforcer("\"i386/mkdir\"", "argSig: 9"));
        assertEquals(0, Attempts.make(1, 1).status(), "the call of 64-bit callers is another one");
        assertEquals(KILLED, Attempts.make(1, 1, "compat").status());
    }

    @Tag("matrix")
    @Test
    void aNoticeOutsideOfTheEnforcersCallsWaitsForOne() {
        policies.add(PolicyText.of(NAME, """
                enforcers:
                - calls: ["sys_lseek"]
                kprobes:
                - call: "sys_lseek"
                  syscall: true
                tracepoints:
                - subsystem: "sched"
                  event: "sched_process_exec"
                  raw: true
                  selectors:
                  - matchBinaries:
                    - {operator: "In", values: ["%s"]}
                    matchActions:
                    - {action: "NotifyEnforcer", argSig: 9}
                """.formatted(Hits.SEEK)));
        assertEquals(KILLED, Launch.of(Hits.SEEK, "1").run().awaitEnd());
        assertEquals(0, Attempts.make(1, 1).status());
    }

    @Test
    void whereResultsCannotBeGivenThePolicyKillsAndTheListSaysThatItDoesNotPrevent() {
        assumeTrue(Lane.SYSCALL_RESULTS.missing().isPresent(), "this kernel can give results");
        policies.add(enforcer("\"sys_mkdir\"", "argError: -1, argSig: 9"));
        assertEquals(KILLED, Attempts.make(1, 1).status());
        Policy policy = forbidding();
        assertEquals("partially_enabled", policy.state());
        PolicyClient.Hook hook = policy.hooks().stream()
                .filter(found -> found.section().equals("enforcers")).findFirst().orElseThrow();
        assertTrue(hook.description().contains("only signals: this kernel can kill, but not prevent"), hook::toString);
        assertTrue(agent.log().contains("only signals: this kernel can kill, but not prevent"), agent::logTail);
    }

    @Tag("matrix")
    @Test
    void whereResultsCannotBeGivenAPolicyThatAsksForNothingElseIsRefused() {
        assumeTrue(Lane.SYSCALL_RESULTS.missing().isPresent(), "this kernel can give results");
        String said = refused(enforcer("\"sys_mkdir\"", "argError: -1"));
        assertTrue(said.contains("cannot replace its result") && said.contains("argSig"), said);
        said = refused(hook("sys_mkdir", "- {action: \"Override\", argError: -1}\n").replace(NAME, "other"));
        assertTrue(said.contains("lacks override_return"), said);
    }

    // Preventing.

    @Tag("matrix")
    @ParameterizedTest
    @ValueSource(strings = {"override-return", "fmod-ret"})
    void noneOfTenThousandAttemptsFrom16ThreadsPassesAnOverride(String method) {
        requires(Lane.OVERRIDE);
        policies.add(hook("sys_mkdir", "- {action: \"Override\", argError: -1}\n", method(method)));
        allDenied();
    }

    @Tag("matrix")
    @Test
    void noneOfTenThousandAttemptsPassesASecurityFunction() {
        requires(Lane.FMOD_RET);
        policies.add(hook("security_inode_mkdir", "- {action: \"Override\", argError: -1}\n"));
        allDenied();
    }

    @Test
    void aResultThatWouldLetTheFunctionRunIsRefused() {
        requires(Lane.FMOD_RET);
        String said = refused(hook("security_inode_mkdir", "- {action: Override, argError: 0}\n"));
        assertTrue(said.contains("fmod_ret cannot replace a result by 0"), said);
    }

    @Tag("matrix")
    @ParameterizedTest
    @ValueSource(strings = {"override-return", "fmod-ret"})
    void noneOfTenThousandAttemptsPassesAnEnforcer(String method) {
        requires(Lane.OVERRIDE);
        policies.add(enforcer("\"sys_mkdir\", \"sys_mkdirat\"", "argError: -1", method(method)));
        allDenied();
    }

    @Tag("matrix")
    @Test
    void noneOfManyAttemptsPassesWhileOtherPoliciesOnTheCallComeAndGo() {
        requires(Lane.OVERRIDE);
        policies.add(enforcer("\"sys_mkdir\"", "argError: -1"));
        Attempts.Running running = Attempts.start(THREADS, 0);
        comeAndGo();
        Attempts attempts = running.end();
        assertTrue(attempts.tried() > 0, attempts::toString);
        denied(attempts, attempts.tried());
    }

    @Test
    void anEnforcerOverridesASecurityFunction() {
        requires(Lane.FMOD_RET);
        policies.add(enforcer("\"sys_mkdir\"", "argError: -1").replace("calls: [\"list:calls\"]", "calls: [\"security_inode_mkdir\"]"));
        allDenied();
    }

    @Tag("matrix")
    @Test
    void anEnforcerThatDoesBothKillsBeforeAnythingIsMade() {
        requires(Lane.OVERRIDE);
        policies.add(enforcer("\"sys_mkdir\"", "argError: -1, argSig: 9"));
        assertEquals(new Attempts(KILLED, 0, 0, 0, 0, 0), Attempts.make(1, 1));
        Attempts attempts = Attempts.make(THREADS, 5, "fork");
        assertEquals(0, attempts.found(), attempts::toString);
        died(attempts);
        assertEquals("enabled", forbidding().state());
    }

    @Tag("matrix")
    @Test
    void a32BitCallerIsDeniedByItsOwnCallOfTheList() {
        requires(Lane.OVERRIDE);
        requires(Lane.COMPAT);
        policies.add(enforcer("\"sys_mkdir\", \"i386/mkdir\"", "argError: -1"));
        assertEquals(new Attempts(0, 40, 0, 40, 0, 0), Attempts.make(4, 10, "compat"));
        assertEquals(new Attempts(0, 40, 0, 40, 0, 0), Attempts.make(4, 10));
    }

    @Tag("matrix")
    @Test
    void twoEnforcersOfACallLeaveNothingForTheNextOne() {
        requires(Lane.OVERRIDE);
        // Both are notified by the first attempt, and only one can override it.
        String first = PolicyText.of(NAME, """
                enforcers:
                - calls: ["sys_mkdir"]
                kprobes:
                - call: "sys_mkdir"
                  syscall: true
                  args:
                  - {index: 0, type: "string"}
                  selectors:
                  - matchArgs:
                    - {index: 0, operator: "Postfix", values: [".0.0"]}
                    matchActions:
                    - {action: "NotifyEnforcer", argError: -1}
                """);
        policies.add(first);
        policies.add(first.replace(NAME, "second"));
        assertEquals(new Attempts(0, 2, 1, 1, 0, 1), Attempts.make(1, 2));
    }

    @Tag("matrix")
    @Test
    void anEnforcerThatOnlySignalsLeavesResultsToThoseThatGiveThem() {
        requires(Lane.OVERRIDE);
        policies.add(enforcer("\"sys_mkdir\"", "argError: -1"));
        policies.add(enforcer("\"sys_mkdir\"", "argSig: 9").replace(NAME, "second").replace(Attempts.PROGRAM, "/nobody"));
        allDenied();
    }

    @Tag("matrix")
    @Test
    void aPolicyWithdrawsItsOwnNoticesOnly() {
        requires(Lane.OVERRIDE);
        policies.add(enforcer("\"sys_mkdir\"", "argError: -1"));
        // At the same place, and behind it.
        policies.add(enforcer("\"sys_mkdir\"", "argError: -1").replace(NAME, "second")
                .replace("NotifyEnforcer\", argError: -1", "CleanupEnforcerNotification\""));
        allDenied();
    }

    // Monitoring.

    @Tag("matrix")
    @Test
    void inMonitorModeNothingIsKilledAndEverythingCounted() {
        policies.add(enforcer("\"sys_mkdir\"", "argSig: 9", mode("monitor")));
        assertEquals(new Attempts(0, 160, 160, 0, 0, 160), Attempts.make(THREADS, 10));
        assertEquals(Mode.MONITOR, forbidding().mode());
        assertEquals(160, forbidding().counters().monitored(), () -> forbidding().toString());
        assertEquals(0, forbidding().counters().enforced(), () -> forbidding().toString());
    }

    @Tag("matrix")
    @Test
    void whileTheModeIsSwitchedEachProcessIsEitherKilledOrCounted() {
        policies.add(enforcer("\"sys_mkdir\"", "argSig: 9"));
        Attempts.Running running = Attempts.start(FORKING, 0, "fork");
        switchModes();
        Attempts attempts = running.end();
        assertEquals(0, attempts.status());
        assertEquals(attempts.tried(), attempts.killed() + attempts.made(), attempts::toString);
        assertEquals(attempts.killed(), forbidding().counters().enforced(), () -> attempts + " " + forbidding());
        assertEquals(attempts.made(), forbidding().counters().monitored(), () -> attempts + " " + forbidding());
    }

    @Tag("matrix")
    @ParameterizedTest
    @ValueSource(strings = {"override-return", "fmod-ret"})
    void whileTheModeIsSwitchedEachAttemptIsEitherDeniedOrCounted(String method) {
        requires(Lane.OVERRIDE);
        policies.add(hook("sys_mkdir", "- {action: \"Override\", argError: -1}\n", method(method)));
        Attempts.Running running = Attempts.start(THREADS, 0);
        switchModes();
        Attempts attempts = running.end();
        assertEquals(0, attempts.status());
        assertEquals(attempts.tried(), attempts.denied() + attempts.made(), attempts::toString);
        assertEquals(attempts.denied(), forbidding().counters().enforced(), () -> attempts + " " + forbidding());
        assertEquals(attempts.made(), forbidding().counters().monitored(), () -> attempts + " " + forbidding());
    }

    // What is wrong.

    @Tag("matrix")
    @Test
    void anEnforcerOfACallThatIsNotThereIsRefusedWithWhatWasMeant() {
        String said = refused(enforcer("\"sys_mkdir\"", "argSig: 9").replace("[\"list:calls\"]\ntr", "[\"sys_mkdirr\"]\ntr")
                .replace("- calls: [\"list:calls\"]", "- calls: [\"sys_mkdirr\"]"));
        assertTrue(said.contains("sys_mkdirr: this kernel has no such function") && said.contains("did you mean"), said);
    }

    @Tag("matrix")
    @Test
    void aNotifyEnforcerWithoutAnEnforcerIsRefused() {
        String policy = enforcer("\"sys_mkdir\"", "argSig: 9").replaceAll("(?m)^  enforcers:\n.*\n", "");
        String said = assertThrows(StatusRuntimeException.class, () -> policies.add(policy)).getMessage();
        assertTrue(said.contains("NotifyEnforcer without an enforcer"), said);
    }

    private String refused(String policy) {
        StatusRuntimeException e = assertThrows(StatusRuntimeException.class, () -> policies.add(policy));
        assertTrue(
                List.of(Status.Code.UNIMPLEMENTED, Status.Code.FAILED_PRECONDITION, Status.Code.NOT_FOUND)
                        .contains(e.getStatus().getCode()),
                e::getMessage);
        return e.getMessage();
    }

    private void allDie() {
        died(Attempts.make(THREADS, PROCESSES, "fork"));
        died(Attempts.make(THREADS, PROCESSES, "vfork"));
    }

    private void died(Attempts attempts) {
        assertEquals(0, attempts.status(), attempts::toString);
        assertEquals(attempts.tried(), attempts.killed(), attempts::toString);
        assertTrue(attempts.tried() > 0, attempts::toString);
        assertTrue(forbidding().counters().enforced() >= attempts.tried(), () -> attempts + " " + forbidding());
    }

    private void allDenied() {
        denied(Attempts.make(THREADS, TIMES), (long) THREADS * TIMES);
    }

    private void denied(Attempts attempts, long tried) {
        assertEquals(new Attempts(0, tried, 0, tried, 0, 0), attempts);
        assertEquals(tried, forbidding().counters().enforced(), () -> forbidding().toString());
    }

    /** Adds and deletes a policy on the same system call. */
    private void comeAndGo() {
        for (int i = 0; i < CHANGES; i++) {
            policies.add(BESIDE);
            policies.delete("beside");
        }
    }

    /** Switches the mode to and fro. */
    private void switchModes() {
        for (int i = 0; i < 4 * CHANGES; i++) {
            policies.setMode(NAME, i % 2 == 0 ? Mode.MONITOR : Mode.ENFORCE);
        }
    }
}
