// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.SEEK;
import static io.tetragon.it.policy.Hits.function;
import static io.tetragon.it.policy.Hits.seek;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;
import static io.tetragon.it.policy.PolicyText.onSeek;
import static io.tetragon.it.policy.PolicyText.onlyTriggers;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.util.stream.Stream;

/** Selectors by pid, namespaces and capabilities, and by what of them has changed since the program was executed. */
final class ProcessFilterRows {
    private static final String CHANGE = trigger("change-then-seek");
    private static final long US = ProcessHandle.current().pid();

    private ProcessFilterRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(pids(), namespaces(), capabilities(), gained()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> pids() {
        return Stream.of(
                row(
                        SMOKE + "followForks takes the descendants of a pid",
                        Lane.NATIVE,
                        pids("In", US, "followForks: true"),
                        Launch.of(SEEK, "1"),
                        seek(SEEK, 1)),
                row(
                        "followForks with NotIn leaves them out",
                        Lane.NATIVE,
                        pids("NotIn", US, "followForks: true"),
                        Launch.of(SEEK, "1")),
                row(
                        "without followForks the pid itself is meant",
                        Lane.NATIVE,
                        pids("In", US, "followForks: false"),
                        Launch.of(SEEK, "1")),
                row(
                        "another pid is left out by In and taken by NotIn",
                        Lane.NATIVE,
                        pids("NotIn", 0, "followForks: false"),
                        Launch.of(SEEK, "1"),
                        seek(SEEK, 1)),
                row(
                        "a pid within its namespace is matched",
                        Lane.NATIVE,
                        pids("In", 1, "isNamespacePID: true"),
                        Launch.of(trigger("pid-ns"), "init", SEEK, "1"),
                        seek(SEEK, 1)),
                row(
                        "a pid of another namespace is not matched",
                        Lane.NATIVE,
                        pids("In", 1, "isNamespacePID: false"),
                        Launch.of(trigger("pid-ns"), "init", SEEK, "1")),
                row(
                        "descendants of a pid within its namespace are matched",
                        Lane.NATIVE,
                        pids("In", 1, "isNamespacePID: true, followForks: true"),
                        Launch.of(trigger("pid-ns"), "init", SEEK, "child", "1"),
                        seek(SEEK, 1)));
    }

    private static Stream<PolicyScenario> namespaces() {
        return Stream.of(
                changed("a process in another namespace than the host's", "matchNamespaces",
                        "{namespace: Uts, operator: NotIn, values: [\"host_ns\"]}", "uts", true),
                changed("a process in the host's namespace is not in another", "matchNamespaces",
                        "{namespace: Uts, operator: NotIn, values: [\"host_ns\"]}", "nothing", false),
                changed("a process in the host's namespace", "matchNamespaces",
                        "{namespace: Mnt, operator: In, values: [\"host_ns\"]}", "nothing", true),
                changed("a process in another namespace is not in the host's", "matchNamespaces",
                        "{namespace: Uts, operator: In, values: [\"host_ns\"]}", "uts", false),
                changed("a namespace that is another than at exec", "matchNamespaceChanges",
                        "{operator: In, values: [\"Uts\"]}", "uts", true),
                changed("a namespace that is the same as at exec", "matchNamespaceChanges",
                        "{operator: In, values: [\"Uts\"]}", "nothing", false),
                changed("another namespace has changed", "matchNamespaceChanges",
                        "{operator: In, values: [\"Mnt\", \"Net\"]}", "uts", false),
                row(
                        "a program that is executed in a namespace has not changed it",
                        Lane.NATIVE,
                        onSeek(onlyTriggers("matchNamespaceChanges:\n- {operator: In, values: [\"Uts\"]}\n")),
                        Launch.of("/usr/bin/unshare", "-u", SEEK, "1")));
    }

    private static Stream<PolicyScenario> capabilities() {
        String admin = "{type: Effective, operator: In, values: [\"CAP_SYS_ADMIN\"]}";
        String withoutAdmin = "{type: Effective, operator: NotIn, values: [\"CAP_SYS_ADMIN\"]}";
        String adminInNamespace =
                "{type: Effective, operator: In, isNamespaceCapability: true, values: [\"CAP_SYS_ADMIN\"]}";
        return Stream.of(
                changed("a capability that a process has", "matchCapabilities", admin, "nothing", true),
                changed("a capability that a process has given up", "matchCapabilities", admin, "nobody", false),
                changed("a capability that a process lacks", "matchCapabilities", withoutAdmin, "nobody", true),
                changed("a capability that a process does not lack", "matchCapabilities", withoutAdmin, "nothing", false),
                changed("a capability within another user namespace", "matchCapabilities", adminInNamespace, "user",
                        true),
                changed("a capability in the host's user namespace is none within another", "matchCapabilities",
                        adminInNamespace, "nothing", false),
                changed("a capability that has changed since exec", "matchCapabilityChanges", admin, "drop", true),
                changed("a capability that has not changed since exec", "matchCapabilityChanges", admin, "nothing",
                        false));
    }

    private static Stream<PolicyScenario> gained() {
        ExpectedEvent hit = function("security_capset").with("args", Check.present());
        return Stream.of(
                row(
                        "CapabilitiesGained holds for the call that adds one",
                        Lane.KPROBE,
                        """
                        kprobes:
                        - call: "security_capset"
                          syscall: false
                          args:
                          - {index: 2, type: "cap_effective"}
                          - {index: 1, type: "kernel_cap_t", resolve: "cap_effective"}
                          selectors:
                          - matchBinaries:
                            - {operator: "In", values: ["%s"]}
                            matchArgs:
                            - {args: [0, 1], operator: "CapabilitiesGained"}
                        """.formatted(CHANGE),
                        Launch.of(CHANGE, "toggle", "1"),
                        hit.with("args.0.cap_effective_arg", Check.matches("[0-9a-f]{16}"))),
                row(
                        "CapabilitiesGained does not hold for a call that only takes some away",
                        Lane.KPROBE,
                        """
                        kprobes:
                        - call: "security_capset"
                          syscall: false
                          args:
                          - {index: 2, type: "cap_effective"}
                          - {index: 1, type: "kernel_cap_t", resolve: "cap_effective"}
                          selectors:
                          - matchBinaries:
                            - {operator: "In", values: ["%s"]}
                            matchArgs:
                            - {args: [0, 1], operator: "CapabilitiesGained"}
                        """.formatted(CHANGE),
                        Launch.of(CHANGE, "drop", "1")));
    }

    private static String pids(String operator, long pid, String more) {
        return onSeek(onlyTriggers("matchPIDs:\n- {operator: %s, values: [%d], %s}\n".formatted(operator, pid, more)));
    }

    private static PolicyScenario changed(String name, String selector, String filter, String what, boolean hit) {
        String spec = onSeek(onlyTriggers(selector + ":\n- " + filter + "\n"));
        Launch action = Launch.of(CHANGE, what, "1");
        return hit ? row(name, Lane.NATIVE, spec, action, seek(CHANGE, 1)) : row(name, Lane.NATIVE, spec, action);
    }
}
