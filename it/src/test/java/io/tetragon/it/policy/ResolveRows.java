// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.SEEK;
import static io.tetragon.it.policy.Hits.function;
import static io.tetragon.it.policy.Hits.integer;
import static io.tetragon.it.policy.Hits.seek;
import static io.tetragon.it.policy.Hits.text;
import static io.tetragon.it.policy.Hits.tracepoint;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;
import static io.tetragon.it.policy.PolicyText.onSeek;
import static io.tetragon.it.policy.PolicyText.onlyTriggers;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** Values that are reached through the kernel's structures: resolve, data of the current task, registers. */
final class ResolveRows {
    private ResolveRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(data(), arguments()).flatMap(rows -> rows);
    }

    private static Stream<PolicyScenario> data() {
        return Stream.of(
                row(
                        SMOKE + "data of the current task",
                        Lane.NATIVE,
                        onSeek("""
                                data:
                                - {index: 0, type: "string", source: "current_task", resolve: "comm"}
                                - {index: 0, type: "uint8", source: "current_task", resolve: "comm[1]"}
                                """ + onlyTriggers("")),
                        Launch.of(SEEK, "1"),
                        seek(1).with("data", Check.json("[{'string_arg':'seek'},{'uint_arg':101}]"))),
                row(
                        "data through several structures",
                        Lane.NATIVE,
                        onSeek("""
                                data:
                                - {index: 0, type: "string", source: "current_task", resolve: "real_parent.comm"}
                                """ + onlyTriggers("")),
                        Launch.of(trigger("vfork-exec"), SEEK, "1"),
                        seek(1).with("data", Check.json("[{'string_arg':'vfork-exec'}]"))),
                row(
                        "registers of the caller",
                        Lane.NATIVE,
                        onSeek("""
                                data:
                                - {index: 0, type: "int32", source: "pt_regs", resolve: "rdi"}
                                - {index: 0, type: "int64", source: "pt_regs", resolve: "rsi"}
                                """ + onlyTriggers("")),
                        Launch.of(SEEK, "-3"),
                        seek(-3).with("data", Check.json("[{'int_arg':-1},{'long_arg':'-3'}]"))),
                row(
                        "matchData filters by data",
                        Lane.NATIVE,
                        onSeek("""
                                data:
                                - {index: 0, type: "string", source: "current_task", resolve: "real_parent.comm"}
                                """ + onlyTriggers("""
                                matchData:
                                - {index: 0, operator: "Equal", values: ["another"]}
                                """)),
                        Launch.of(trigger("vfork-exec"), SEEK, "1")));
    }

    private static Stream<PolicyScenario> arguments() {
        String program = scratch("resolve-me");
        String file = scratch("resolve-file");
        return Stream.of(
                row(
                        SMOKE + "members of a raw tracepoint's parameters",
                        Lane.NATIVE,
                        """
                        tracepoints:
                        - subsystem: "sched"
                          event: "sched_process_exec"
                          raw: true
                          args:
                          - {index: 0, resolve: "comm", type: "string"}
                          - {index: 0, resolve: "real_parent.comm", type: "string"}
                          selectors:
                          - matchArgs:
                            - {index: 0, operator: "Equal", values: ["resolve-me"]}
                        """,
                        Launch.of(trigger("vfork-exec"), program),
                        tracepoint("sched", "sched_process_exec", text("resolve-me"), text("vfork-exec")))
                        .given(() -> Files.copy(
                                Path.of(trigger("true")), Path.of(program), StandardCopyOption.REPLACE_EXISTING)),
                row(
                        "members of a function's parameters",
                        Lane.KPROBE,
                        """
                        kprobes:
                        - call: "security_file_permission"
                          syscall: false
                          args:
                          - {index: 0, resolve: "f_path.dentry.d_name.name", type: "string"}
                          - {index: 1, type: "int"}
                          selectors:
                          - matchArgs:
                            - {index: 0, operator: "Equal", values: ["resolve-file"]}
                            - {index: 1, operator: "Equal", values: ["2"]}
                        """,
                        Launch.of(trigger("write-to"), file, "1"),
                        function("security_file_permission", text("resolve-file"), integer(2))));
    }
}
