// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.SEEK;
import static io.tetragon.it.policy.Hits.action;
import static io.tetragon.it.policy.Hits.longInteger;
import static io.tetragon.it.policy.Hits.size;
import static io.tetragon.it.policy.Hits.text;
import static io.tetragon.it.policy.Hits.tracepoint;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** Tracepoints by their fields, whose types the kernel's format files tell. */
final class TracepointRows {
    private static final int LSEEK = 8;

    private TracepointRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(fields(), rawSyscalls()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> fields() {
        String program = scratch("tracepoint-program");
        return Stream.of(
                row(
                        SMOKE + "fields of a tracepoint, one of them filtered by",
                        Lane.NATIVE,
                        lseek("- {index: 5}\n- {index: 7}", "7", "4444"),
                        Launch.of(SEEK, "1"),
                        action(tracepoint("syscalls", "sys_enter_lseek", size(-1), size(4444)), "POST")),
                row(
                        "a field is read as the type that the policy names",
                        Lane.NATIVE,
                        lseek("- {index: 6, type: \"int64\"}\n- {index: 7, type: \"uint32\"}", "7", "4444"),
                        Launch.of(SEEK, "-2"),
                        tracepoint("syscalls", "sys_enter_lseek", longInteger(-2), Hits.unsigned(4444))),
                row(
                        "an event carries the message and tags of its tracepoint",
                        Lane.NATIVE,
                        """
                        tracepoints:
                        - subsystem: "syscalls"
                          event: "sys_enter_lseek"
                          message: "a seek"
                          tags: ["observability.test"]
                          args:
                          - {index: 7}
                          selectors:
                          - matchArgs:
                            - {index: 7, operator: "Equal", values: ["4444"]}
                        """,
                        Launch.of(SEEK, "1"),
                        tracepoint("syscalls", "sys_enter_lseek", size(4444))
                                .with("message", Check.is("a seek"))
                                .with("tags", Check.json("['observability.test']"))),
                row(
                        "a text behind the record's fields",
                        Lane.NATIVE,
                        """
                        tracepoints:
                        - subsystem: "sched"
                          event: "sched_process_exec"
                          args:
                          - {index: 4}
                          selectors:
                          - matchArgs:
                            - {index: 4, operator: "Equal", values: ["%s"]}
                        """.formatted(program),
                        Launch.of(trigger("vfork-exec"), program),
                        tracepoint("sched", "sched_process_exec", text(program)))
                        .given(() -> Files.copy(
                                Path.of(trigger("true")), Path.of(program), StandardCopyOption.REPLACE_EXISTING)),
                row(
                        "a text of bytes within the record",
                        Lane.NATIVE,
                        """
                        tracepoints:
                        - subsystem: "sched"
                          event: "sched_process_fork"
                          args:
                          - {index: 4}
                          - {index: 7, type: "int32"}
                          selectors:
                          - matchBinaries:
                            - {operator: "In", values: ["%s"]}
                        """.formatted(SEEK),
                        Launch.of(SEEK, "child", "1"),
                        ExpectedEvent.of("process_tracepoint")
                                .with("args.0.string_arg", Check.is("seek"))
                                .with("args.1.int_arg", Check.matches("[1-9]\\d*"))));
    }

    private static Stream<PolicyScenario> rawSyscalls() {
        return Stream.of(
                row(
                        SMOKE + "the number of every system call of a program",
                        Lane.NATIVE,
                        raw("sys_enter", "- {index: 4, type: \"syscall64\"}", trigger("true"), ""),
                        Launch.of(trigger("true")),
                        tracepoint("raw_syscalls", "sys_enter", syscall(231))),
                row(
                        "the number and the result of a system call",
                        Lane.NATIVE,
                        raw("sys_exit", "- {index: 4, type: \"syscall64\"}\n- {index: 5}", SEEK,
                                "matchArgs:\n- {index: 0, operator: \"Equal\", values: [\"8\"]}"),
                        Launch.of(SEEK, "1"),
                        tracepoint("raw_syscalls", "sys_exit", syscall(LSEEK), longInteger(-9))),
                row(
                        "numbers of system calls in a range",
                        Lane.NATIVE,
                        raw("sys_enter", "- {index: 4, type: \"syscall64\"}", SEEK,
                                "matchArgs:\n- {index: 0, operator: \"InMap\", values: [\"6:8\", \"4000\"]}"),
                        Launch.of(SEEK, "1"),
                        tracepoint("raw_syscalls", "sys_enter", syscall(LSEEK))));
    }

    private static String lseek(String args, String filtered, String value) {
        return "tracepoints:\n- subsystem: \"syscalls\"\n  event: \"sys_enter_lseek\"\n  args:\n" + args.indent(2)
                + "  selectors:\n  - matchArgs:\n    - {index: " + filtered + ", operator: \"Equal\", values: [\"" + value
                + "\"]}\n";
    }

    private static String raw(String event, String args, String binary, String more) {
        return "tracepoints:\n- subsystem: \"raw_syscalls\"\n  event: \"" + event + "\"\n  args:\n" + args.indent(2)
                + "  selectors:\n  - matchBinaries:\n    - {operator: \"In\", values: [\"" + binary + "\"]}\n"
                + more.indent(4);
    }

    private static String syscall(int number) {
        return "{'syscall_id':{'id':" + number + ",'abi':'x64'}}";
    }
}
