// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.SEEK;
import static io.tetragon.it.policy.Hits.function;
import static io.tetragon.it.policy.Hits.syscall;
import static io.tetragon.it.policy.Hits.tracepoint;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;

import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Hooks and filters on lists of functions and system calls. */
final class ListRows {
    private static final String TRUE = trigger("true");
    private static final String COMPAT = trigger("compat-call");
    private static final String DUP_I386 = "41";

    private ListRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(hooks(), filters()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> hooks() {
        String file = scratch("list-file");
        return Stream.of(
                row(
                        SMOKE + "a hook on a list of system calls tells which of them it was",
                        Lane.NATIVE,
                        """
                        lists:
                        - {name: "files", type: "syscalls", values: ["sys_openat", "sys_close", "sys_dup2"]}
                        kprobes:
                        - call: "list:files"
                          selectors:
                          - matchBinaries:
                            - {operator: "In", values: ["%s"]}
                        """.formatted(trigger("write-to")),
                        Launch.of(trigger("write-to"), file, "1"),
                        syscall("openat"),
                        syscall("dup2")),
                row(
                        SMOKE + "a hook on all system calls sees the only one of a program",
                        Lane.NATIVE,
                        """
                        lists:
                        - {name: "all", type: "generated_syscalls"}
                        kprobes:
                        - call: "list:all"
                          selectors:
                          - matchBinaries:
                            - {operator: "In", values: ["%s"]}
                        """.formatted(TRUE),
                        Launch.of(TRUE),
                        syscall("exit_group")),
                row(
                        SMOKE + "a hook on a list of functions tells which of them it was",
                        Lane.KPROBE,
                        """
                        lists:
                        - {name: "security", values: ["security_file_open", "security_file_permission"]}
                        kprobes:
                        - call: "list:security"
                          syscall: false
                          selectors:
                          - matchBinaries:
                            - {operator: "In", values: ["%s"]}
                        """.formatted(trigger("read-from")),
                        Launch.of(trigger("read-from"), file, "1"),
                        function("security_file_open"),
                        function("security_file_permission"))
                        .given(() -> Files.writeString(Path.of(file), "x")),
                row(
                        "a hook on the functions that fit an expression",
                        Lane.KPROBE,
                        """
                        lists:
                        - {name: "security", type: "generated_ftrace", pattern: "^security_file_(open|permission)$"}
                        kprobes:
                        - call: "list:security"
                          syscall: false
                          selectors:
                          - matchBinaries:
                            - {operator: "In", values: ["%s"]}
                        """.formatted(trigger("read-from")),
                        Launch.of(trigger("read-from"), file, "1"),
                        function("security_file_open"),
                        function("security_file_permission"))
                        .given(() -> Files.writeString(Path.of(file), "x")));
    }

    private static Stream<PolicyScenario> filters() {
        return Stream.of(
                row(
                        "a filter takes the system calls of a list",
                        Lane.NATIVE,
                        enter("[\"sys_lseek\", \"sys_dup\"]", SEEK),
                        Launch.of(SEEK, "1"),
                        tracepoint("raw_syscalls", "sys_enter", "{'syscall_id':{'id':8,'abi':'x64'}}")),
                row(
                        "a list tells 32-bit system calls from others: the 32-bit one",
                        Lane.COMPAT,
                        enter("[\"i386/dup\"]", COMPAT),
                        Launch.of(COMPAT, DUP_I386, "-1", "0", "0"),
                        tracepoint("raw_syscalls", "sys_enter", "{'syscall_id':{'id':41,'abi':'i386'}}")),
                row(
                        "a list tells 32-bit system calls from others: the other one",
                        Lane.COMPAT,
                        enter("[\"sys_dup\", \"x64/socket\"]", COMPAT),
                        Launch.of(COMPAT, DUP_I386, "-1", "0", "0")),
                row(
                        "a hook on a system call does not see that of 32-bit programs with its number",
                        Lane.COMPAT,
                        """
                        kprobes:
                        - call: "sys_socket"
                          syscall: true
                          selectors:
                          - matchBinaries:
                            - {operator: "In", values: ["%s"]}
                        """.formatted(COMPAT),
                        Launch.of(COMPAT, DUP_I386, "-1", "0", "0")));
    }

    private static String enter(String calls, String binary) {
        return """
                lists:
                - {name: "calls", type: "syscalls", values: %s}
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
                """.formatted(calls, binary);
    }
}
