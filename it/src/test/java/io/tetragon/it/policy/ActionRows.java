// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.SEEK;
import static io.tetragon.it.policy.Hits.action;
import static io.tetragon.it.policy.Hits.seek;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;
import static io.tetragon.it.policy.PolicyText.onSeek;
import static io.tetragon.it.policy.PolicyText.onlyTriggers;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.util.Collections;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What a match leads to: an event or none, a signal, a stack, and how often. */
final class ActionRows {
    private static final String THREADS = trigger("seek-threads");

    private ActionRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(signals(), rates(), stacks()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> signals() {
        return Stream.of(
                row(
                        SMOKE + "Sigkill ends the process at its first match, with an event",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(PolicyText.action("Sigkill"))),
                        Launch.of(SEEK, "1", "2"),
                        action(seek(SEEK, 1), "SIGKILL"))
                        .endsWith(137),
                row(
                        "Sigkill spares who does not match",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(PolicyText.offset("Equal", "3") + PolicyText.action("Sigkill"))),
                        Launch.of(SEEK, "1", "2")),
                row(
                        "Sigkill reaches a process in a new user namespace",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(PolicyText.action("Sigkill"))),
                        Launch.of(trigger("change-then-seek"), "user", "1"),
                        action(seek(1), "SIGKILL"))
                        .endsWith(137),
                row(
                        "Sigkill reaches the first process of a pid namespace",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(PolicyText.action("Sigkill"))),
                        Launch.of(trigger("pid-ns"), "init", SEEK, "1"),
                        action(seek(SEEK, 1), "SIGKILL"))
                        .endsWith(137),
                row(
                        "Signal sends the signal that it names",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(PolicyText.action("Signal", "argSig: 10"))),
                        Launch.of(SEEK, "1", "2"),
                        action(seek(SEEK, 1), "SIGNAL"))
                        .endsWith(138),
                row(
                        "NoPost reports nothing",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(PolicyText.action("NoPost"))),
                        Launch.of(SEEK, "1", "2")),
                row(
                        "NoPost and Sigkill end the process without an event",
                        Lane.NATIVE,
                        onSeek(onlyTriggers("matchActions:\n- action: \"Sigkill\"\n- action: \"NoPost\"\n")),
                        Launch.of(SEEK, "1"))
                        .endsWith(137));
    }

    private static Stream<PolicyScenario> rates() {
        return Stream.of(
                limited("a rate limit lets one of equal calls through", "", "1", "1", "5", 1),
                limited("a rate limit is a thread's by default", "", "1", "3", "2", 3),
                limited("a rate limit can be a process's", "rateLimitScope: \"process\"", "2", "3", "2", 2),
                limited("a rate limit can be everybody's", "rateLimitScope: \"global\"", "2", "3", "2", 1),
                row(
                        "calls with other arguments have a limit of their own",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(PolicyText.action("Post", "rateLimit: \"5m\""))),
                        Launch.of(SEEK, "1", "2", "1", "2"),
                        seek(1),
                        seek(2)));
    }

    private static PolicyScenario limited(
            String name, String scope, String processes, String threads, String times, int events) {
        return row(
                name,
                Lane.NATIVE,
                onSeek(onlyTriggers(PolicyText.action("Post", "rateLimit: \"5m\"", scope))),
                Launch.of(THREADS, processes, threads, times, "1"),
                Collections.nCopies(events, seek(THREADS, 1)).toArray(ExpectedEvent[]::new));
    }

    private static Stream<PolicyScenario> stacks() {
        Check inKernel = Check.that(
                "has a frame of do_syscall_64, without addresses",
                node -> StreamSupport.stream(node.spliterator(), false)
                                .anyMatch(frame -> frame.path("symbol").asText().equals("do_syscall_64"))
                        && node.findValues("address").isEmpty());
        Check inTrigger = Check.that(
                "has its first frame in the trigger",
                node -> node.path(0).path("module").asText().equals(SEEK));
        return Stream.of(
                row(
                        SMOKE + "a stack of the kernel has the way of the call",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(PolicyText.action("Post", "kernelStackTrace: true"))),
                        Launch.of(SEEK, "1"),
                        seek(1).with("kernel_stack_trace", inKernel).with("user_stack_trace", Check.absent())),
                row(
                        "a stack of the program begins where it made the call",
                        Lane.NATIVE,
                        onSeek(onlyTriggers(PolicyText.action("Post", "userStackTrace: true"))),
                        Launch.of(SEEK, "linger", "1"),
                        seek(1).with("user_stack_trace", inTrigger).with("kernel_stack_trace", Check.absent())),
                row(
                        SMOKE + "both stacks are in one event of a kernel function",
                        Lane.KPROBE,
                        """
                        kprobes:
                        - call: "security_file_open"
                          syscall: false
                          args:
                          - {index: 0, type: "file"}
                          selectors:
                          - matchArgs:
                            - {index: 0, operator: "Equal", values: ["%s"]}
                            matchActions:
                            - {action: "Post", kernelStackTrace: true, userStackTrace: true}
                        """.formatted(stackFile()),
                        Launch.of(trigger("write-to"), stackFile(), "1"),
                        Hits.function("security_file_open")
                                .with("args", Check.present())
                                .with("kernel_stack_trace", inKernel)
                                .with("user_stack_trace", Check.present())));
    }

    private static String stackFile() {
        return scratch("stack-file");
    }
}
