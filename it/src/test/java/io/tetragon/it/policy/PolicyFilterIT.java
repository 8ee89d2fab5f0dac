// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.policy.Hits.SEEK;
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
import io.tetragon.it.kit.Cgroups;
import io.tetragon.it.kit.ContainerClient;
import io.tetragon.it.kit.ContainerClient.Container;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.EventTree;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Policies for some processes only. Containers are cgroups made by hand: "web" and "db" are announced as such, "plain" is an
 * unannounced one beside them, and the test itself is on the host.
 */
@NeedsAgent
@Order(7)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyFilterIT {
    static final AgentSetup FILTERING = AgentSetup.DEFAULTS.with(
            "--enable-policy-filter", "--enable-policy-filter-cgroup-map", "--enable-policy-filter-debug");
    private static final String POLICY = "filtered";
    private static final String TOP = "tetragon-it.slice";
    private static final String WEB = TOP + "/web";
    private static final String DB = TOP + "/pod/db";
    private static final String PLAIN = TOP + "/plain";
    private static final List<String> PLACES = List.of("host", "plain", "web", "below-web", "db");

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
        agent = Agents.running(FILTERING);
        policies = new PolicyClient(agent);
        runtime = new ContainerClient(agent);
    }

    @BeforeEach
    void makeGroups() {
        cgroups.make(WEB);
        cgroups.make(DB);
        cgroups.make(PLAIN);
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

    private void announceBoth() {
        runtime.created(Container.in("/" + WEB).id("c1").name("web").image("docker.io/library/nginx:1.27").namespace("shop"));
        runtime.created(Container.in("/" + DB).id("c2").name("db").image("quay.io/db@sha256:00").namespace("data"));
    }

    private void add(String restriction) {
        add(restriction, "");
    }

    private void add(String restriction, String selectorParts) {
        policies.add(PolicyText.of(POLICY, restriction + PolicyText.onSeek(PolicyText.onlyTriggers(selectorParts))));
    }

    /** Runs the trigger in all of the places, each with an offset of its own, and returns where the policy saw it. */
    private String seen() {
        cgroups.make(WEB + "/own/deep/deeper");
        List<String> script = new ArrayList<>(List.of(SEEK + " 0"));
        for (String group : List.of(PLAIN, WEB, WEB + "/own/deep/deeper", DB)) {
            script.add("(" + cgroups.enter(group, Launch.of(SEEK, Integer.toString(script.size()))).command().get(2) + ")");
        }
        EventLog log = agent.events();
        int mark = log.mark();
        // A subshell has its parent's number in $$.
        Launch.Running running = Launch.of("/bin/sh", "-c", String.join("; ", script).replace("$$", "$(exec sh -c 'echo $PPID')"))
                .run();
        assertEquals(0, running.process().exitValue(), running::output);
        log.barrier();
        return EventTree.below(running.pid(), log.since(mark)).stream()
                .filter(event -> event.at("policy_name").asText().equals(POLICY))
                .map(event -> PLACES.get(event.at("args").path(1).path("long_arg").asInt()))
                .collect(Collectors.joining(" "));
    }

    @Tag("matrix")
    @ParameterizedTest(name = "{0} is seen in: {1}")
    @CsvSource(delimiter = '|', value = {
        "{}                                                                            | host plain web below-web db",
        "containerSelector: {matchLabels: {name: web}}                                 | web below-web",
        "containerSelector: {matchLabels: {repo: docker.io/library/nginx}}             | web below-web",
        "containerSelector: {matchLabels: {repo: quay.io/db, name: db}}                | db",
        "containerSelector: {matchExpressions: [{key: name, operator: NotIn, values: [web]}]} | db",
        "containerSelector: {matchLabels: {name: nobody}}                              | ''",
        "podSelector: {}                                                               | web below-web db",
        "hostSelector: {}                                                              | host plain",
        "containerSelector: {matchLabels: {name: db}}; hostSelector: {}                | host plain db",
        "podSelector: {}; hostSelector: {}                                             | host plain web below-web db",
    })
    void aRestrictedPolicySeesWhatItIsFor(String restriction, String where) {
        announceBoth();
        add(restriction.equals("{}") ? "" : restriction.strip().replace("; ", "\n") + "\n");
        assertEquals(where, seen());
    }

    @Test
    void aNamespacedPolicySeesThePodsOfItsNamespace() {
        announceBoth();
        policies.add(PolicyText.of(POLICY, PolicyText.onSeek(PolicyText.onlyTriggers("")))
                .replace("kind: TracingPolicy", "kind: TracingPolicyNamespaced")
                .replace("metadata:", "metadata:\n  namespace: data"));
        assertEquals("db", seen());
        assertEquals("data", policies.get(POLICY).namespace());
        policies.delete(POLICY, "data", "");
    }

    @Test
    void aContainerThatComesAfterThePolicyIsSeenFromItsFirstProcessOn() {
        add("containerSelector: {matchLabels: {name: web}}\n");
        assertEquals("", seen());
        announceBoth();
        assertEquals("web below-web", seen());
    }

    @Test
    void whatIsToldAnewReplacesWhatWasKnown() {
        announceBoth();
        add("containerSelector: {matchLabels: {name: web}}\n");
        announceBoth();
        assertEquals("web below-web", seen());
        runtime.created(Container.in("/" + WEB).id("c1").name("renamed"));
        assertEquals("", seen());
        runtime.created(Container.in("/" + DB).id("c2").name("web"));
        assertEquals("db", seen());
    }

    @Test
    void whatAHookDoesNotTellIsFoundInTheAnnotationsOfTheRuntime() {
        runtime.created(Container.in("/" + WEB).annotations(Map.of(
                "io.kubernetes.cri.container-name", "annotated", "io.kubernetes.cri.sandbox-namespace", "shop")));
        add("containerSelector: {matchLabels: {name: annotated}}\n");
        assertEquals("web below-web", seen());
    }

    @Test
    void theNameOfASystemdScopeIsExpandedIntoItsSlices() {
        cgroups.make("itpods.slice/itpods-burst.slice/itpods-burst-one.slice/cri-c3.scope");
        runtime.created(Container.in("itpods-burst-one.slice:cri:c3").name("scoped"));
        add("containerSelector: {matchLabels: {name: scoped}}\n");
        EventLog log = agent.events();
        int mark = log.mark();
        Launch.Running running = cgroups.enter(
                "itpods.slice/itpods-burst.slice/itpods-burst-one.slice/cri-c3.scope", Launch.of(SEEK, "1")).run();
        log.barrier();
        assertEquals(1, EventTree.below(running.pid(), log.since(mark)).stream()
                .filter(event -> event.at("policy_name").asText().equals(POLICY)).count());
    }

    @Test
    void aSelectorMayBeForSomeProcessesOnly() {
        announceBoth();
        policies.add(PolicyText.of(POLICY, PolicyText.onSeek("""
                selectors:
                - matchWorkloads: {containerSelector: {matchLabels: {name: web}}}
                  matchArgs:
                  - {index: 2, operator: "Equal", values: ["4444"]}
                - matchWorkloads: {hostSelector: {}}
                  matchArgs:
                  - {index: 2, operator: "Equal", values: ["4444"]}
                  - {index: 1, operator: "Equal", values: ["0"]}
                """)));
        assertEquals("host web below-web", seen());
        assertEquals(0, policies.get(POLICY).filterId());
    }

    @Test
    void aRestrictedPolicyEnforcesOnItsOwnProcessesOnly() {
        announceBoth();
        add("containerSelector: {matchLabels: {name: web}}\n", PolicyText.action("Sigkill"));
        assertEquals(0, Launch.of(SEEK, "1").run().process().exitValue());
        assertEquals(0, cgroups.enter(DB, Launch.of(SEEK, "1")).run().process().exitValue());
        assertEquals(137, cgroups.enter(WEB, Launch.of(SEEK, "1")).run().process().exitValue());
    }

    @Test
    void anEnforcerActsOnTheProcessesOfItsPolicyOnly() {
        announceBoth();
        policies.add(PolicyText.of(POLICY, """
                containerSelector: {matchLabels: {name: web}}
                tracepoints:
                - subsystem: "raw_syscalls"
                  event: "sys_enter"
                  args:
                  - {index: 4, type: "syscall64"}
                  selectors:
                  - matchBinaries:
                    - {operator: "In", values: ["%s"]}
                    matchArgs:
                    - {index: 0, operator: "Equal", values: ["8"]}
                    matchActions:
                    - {action: "NotifyEnforcer", argSig: 9}
                enforcers:
                - calls: ["sys_lseek"]
                """.formatted(SEEK)));
        assertEquals(0, Launch.of(SEEK, "1").run().process().exitValue());
        assertEquals(0, cgroups.enter(DB, Launch.of(SEEK, "1")).run().process().exitValue());
        assertEquals(137, cgroups.enter(WEB, Launch.of(SEEK, "1")).run().process().exitValue());
    }

    /** A hook, and a program that runs into it. */
    record Hook(String name, Lane lane, String spec, Launch launch) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Hook> hooks() {
        String calls = Places.trigger("calls");
        return Stream.of(
                new Hook("system call", Lane.NATIVE, PolicyText.onSeek(PolicyText.onlyTriggers("")), Launch.of(SEEK, "1")),
                new Hook("kernel function", Lane.KPROBE, "kprobes: [{call: security_file_open, syscall: false}]",
                        Launch.of(SEEK, "1")),
                new Hook("end of a system call", Lane.NATIVE, PolicyText.onSeek("""
                        return: true
                        returnArg: {index: 0, type: "int"}
                        """ + PolicyText.onlyTriggers("")), Launch.of(SEEK, "1")),
                new Hook("kernel function without probes", Lane.FMOD_RET,
                        "fentries: [{call: security_file_open, syscall: false}]", Launch.of(SEEK, "1")),
                new Hook("tracepoint", Lane.NATIVE, "tracepoints: [{subsystem: sched, event: sched_process_exec}]",
                        Launch.of(SEEK, "1")),
                new Hook("raw tracepoint", Lane.NATIVE,
                        "tracepoints: [{subsystem: sched, event: sched_process_exec, raw: true}]", Launch.of(SEEK, "1")),
                new Hook("uprobe", Lane.NATIVE, UprobeRows.on(calls, "symbols: [calls_check]", "args: [{index: 0, type: string}]"),
                        Launch.of(calls, "check", "text")),
                new Hook("usdt", Lane.NATIVE, UsdtRows.usdt("constant"), UsdtRows.launch("constant")),
                new Hook("LSM hook", Lane.LSM, "lsmhooks: [{hook: file_open}]", Launch.of(SEEK, "1")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hooks")
    void hooksOfEveryKindSeeTheProcessesOfTheirPolicyOnly(Hook hook) {
        hook.lane().missing().ifPresent(reason -> assumeTrue(false, reason));
        hook.launch().missing().ifPresent(reason -> assumeTrue(false, reason));
        announceBoth();
        policies.add(PolicyText.of(POLICY, "containerSelector: {matchLabels: {name: web}}\n" + hook.spec()));
        assertEquals(0, hits(hook.launch()), "on the host");
        assertEquals(0, hits(cgroups.enter(DB, hook.launch())), "in another container");
        assertTrue(hits(cgroups.enter(WEB, hook.launch())) > 0, "none in its container");
    }

    /** Runs a program to its end and returns how many events the policy has of it. */
    private long hits(Launch launch) {
        EventLog log = agent.events();
        int mark = log.mark();
        Launch.Running running = launch.run();
        log.barrier();
        return EventTree.below(running.pid(), log.since(mark)).stream()
                .filter(event -> event.at("policy_name").asText().equals(POLICY))
                .count();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "LSM,      'lsmhooks:\n- hook: inode_mkdir'",
        "FMOD_RET, 'kprobes:\n- call: security_inode_mkdir\n  syscall: false'",
    })
    void whatARestrictedPolicyForbidsIsAllowedElsewhere(Lane lane, String hook) throws IOException {
        lane.missing().ifPresent(reason -> assumeTrue(false, reason));
        announceBoth();
        policies.add(PolicyText.of(POLICY, "containerSelector: {matchLabels: {name: web}}\n" + hook
                + "\n  selectors: [{matchActions: [{action: Override, argError: -1}]}]"));
        Path folder = Path.of(Places.scratch("filtered-folder"));
        Launch mkdir = Launch.of("/usr/bin/mkdir", folder.toString());
        assertEquals(0, mkdir.run().process().exitValue());
        Files.delete(folder);
        assertEquals(0, cgroups.enter(DB, mkdir).run().process().exitValue());
        Files.delete(folder);
        assertEquals(1, cgroups.enter(WEB, mkdir).run().process().exitValue());
        assertFalse(Files.exists(folder));
    }

    @Test
    void theListSaysWhichPolicyHasAFilter() {
        policies.add(PolicyText.of("open", PolicyText.onSeek(PolicyText.onlyTriggers(""))));
        assertEquals(0, policies.get("open").filterId());
        add("podSelector: {}\n");
        assertEquals(policies.get(POLICY).id(), policies.get(POLICY).filterId());
        assertTrue(policies.get(POLICY).kernelMemory() > policies.get("open").kernelMemory());
    }

    @Test
    void labelsOfPodsNeedKubernetes() {
        String said = refused(Status.Code.INVALID_ARGUMENT, () -> add("podSelector: {matchLabels: {app: a}}\n"));
        assertTrue(said.contains("--enable-k8s-api"), said);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "'',                    INVALID_ARGUMENT",
        "/,                     INVALID_ARGUMENT",
        "//./,                  INVALID_ARGUMENT",
        "/../../etc,            INVALID_ARGUMENT",
        "tetragon-it.slice/..,  INVALID_ARGUMENT",
        "a:b:c,                 INVALID_ARGUMENT",
        "a--b.slice:x:y,        INVALID_ARGUMENT",
        "a.slice:x:../y,        NOT_FOUND",
        "/no/such/cgroup,       NOT_FOUND",
        "no.slice:cri:such,     NOT_FOUND",
        "/tetragon-it.slice/web/cgroup.procs, NOT_FOUND",
    })
    void aContainerWithoutASoundCgroupIsRefused(String path, Status.Code code) {
        refused(code, () -> runtime.created(Container.in(path)));
    }

    @Test
    void requestsThatAreTooLongAreRefused() {
        refused(Status.Code.INVALID_ARGUMENT, () -> runtime.created(Container.in("/a".repeat(10_000))));
        refused(Status.Code.INVALID_ARGUMENT, () -> runtime.created(Container.in("/" + WEB).name("n".repeat(5000))));
    }

    private static String refused(Status.Code code, Runnable call) {
        StatusRuntimeException e = assertThrows(StatusRuntimeException.class, call::run);
        assertEquals(code, e.getStatus().getCode(), e::getMessage);
        return String.valueOf(e.getMessage());
    }
}
