// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.policy.Hits.action;
import static io.tetragon.it.policy.Hits.function;
import static io.tetragon.it.policy.Hits.integer;
import static io.tetragon.it.policy.Hits.syscall;
import static io.tetragon.it.policy.Hits.text;
import static io.tetragon.it.policy.PolicyScenario.SMOKE;
import static io.tetragon.it.policy.PolicyScenario.row;

import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Results that a policy gives in place of the kernel's. */
final class OverrideRows {
    private static final String SYMLINK = trigger("symlink-at");
    private static final String LINK = scratch("override-link");
    private static final String FOLDER = scratch("override-folder");
    private static final int EPERM = 1;
    private static final int ENOENT = 2;

    private OverrideRows() {}

    static Stream<PolicyScenario> rows() {
        return Stream.of(syscalls(), functions(), enforcers())
                .flatMap(rows -> rows)
                .map(row -> row.given(() -> {
                    Files.deleteIfExists(Path.of(LINK));
                    Files.deleteIfExists(Path.of(FOLDER));
                }));
    }

    private static Stream<PolicyScenario> syscalls() {
        return Stream.of(
                row(
                        "Override gives a system call another result",
                        Lane.OVERRIDE,
                        symlinks("- {action: \"Override\", argError: -2}\n"),
                        Launch.of(SYMLINK, "/etc/override-me", LINK),
                        action(hit(), "OVERRIDE"))
                        .endsWith(ENOENT),
                row(
                        "Override leaves other calls as they are",
                        Lane.OVERRIDE,
                        symlinks("- {action: \"Override\", argError: -2}\n"),
                        Launch.of(SYMLINK, "/etc/override-me-not", LINK)),
                row(
                        "Override and Sigkill keep the call from happening and end the process",
                        Lane.OVERRIDE,
                        symlinks("- {action: \"Override\", argError: -1}\n- {action: \"Sigkill\"}\n"),
                        Launch.of(SYMLINK, "/etc/override-me", LINK),
                        hit())
                        .endsWith(137),
                row(
                        "Override and NoPost give the result without an event",
                        Lane.OVERRIDE,
                        symlinks("- {action: \"Override\", argError: -1}\n- {action: \"NoPost\"}\n"),
                        Launch.of(SYMLINK, "/etc/override-me", LINK))
                        .endsWith(EPERM),
                row(
                        "Override is of the right call of a list",
                        Lane.OVERRIDE,
                        """
                        lists:
                        - {name: "links", type: "syscalls", values: ["sys_symlinkat", "sys_linkat"]}
                        kprobes:
                        - call: "list:links"
                          selectors:
                          - matchBinaries:
                            - {operator: "In", values: ["%s"]}
                            matchActions:
                            - {action: "Override", argError: -1}
                        """.formatted(SYMLINK),
                        Launch.of(SYMLINK, "/etc/override-me", LINK),
                        action(syscall("symlinkat"), "OVERRIDE"))
                        .endsWith(EPERM));
    }

    private static Stream<PolicyScenario> functions() {
        return Stream.of(
                row(
                        SMOKE + "Override denies by a security function",
                        Lane.FMOD_RET,
                        mkdirs("- {action: \"Override\", argError: -1}\n"),
                        Launch.of("/usr/bin/mkdir", FOLDER),
                        action(function("security_inode_mkdir"), "OVERRIDE"))
                        .endsWith(1),
                row(
                        "without Override the same function lets it pass",
                        Lane.FMOD_RET,
                        mkdirs("- {action: \"Post\"}\n"),
                        Launch.of("/usr/bin/mkdir", FOLDER),
                        action(function("security_inode_mkdir"), "POST")));
    }

    private static Stream<PolicyScenario> enforcers() {
        return Stream.of(
                row(
                        "NotifyEnforcer lets the enforcer of a call give its result",
                        Lane.OVERRIDE,
                        """
                        lists:
                        - {name: "links", type: "syscalls", values: ["sys_symlinkat"]}
                        enforcers:
                        - calls: ["list:links"]
                        tracepoints:
                        - subsystem: "raw_syscalls"
                          event: "sys_enter"
                          args:
                          - {index: 4, type: "syscall64"}
                          selectors:
                          - matchArgs:
                            - {index: 0, operator: "InMap", values: ["list:links"]}
                            matchBinaries:
                            - {operator: "In", values: ["%s"]}
                            matchActions:
                            - {action: "NotifyEnforcer", argError: -1}
                        """.formatted(SYMLINK),
                        Launch.of(SYMLINK, "/etc/override-me", LINK),
                        action(
                                Hits.tracepoint("raw_syscalls", "sys_enter", "{'syscall_id':{'id':266,'abi':'x64'}}"),
                                "NOTIFYENFORCER"))
                        .endsWith(EPERM));
    }

    private static ExpectedEvent hit() {
        return syscall("symlinkat", text("/etc/override-me"), integer(-100), text(LINK));
    }

    private static String symlinks(String actions) {
        return """
                kprobes:
                - call: "sys_symlinkat"
                  syscall: true
                  args:
                  - {index: 0, type: "string"}
                  - {index: 1, type: "int"}
                  - {index: 2, type: "string"}
                  selectors:
                  - matchArgs:
                    - {index: 0, operator: "Equal", values: ["/etc/override-me"]}
                    matchActions:
                """ + actions.indent(4);
    }

    private static String mkdirs(String actions) {
        return """
                kprobes:
                - call: "security_inode_mkdir"
                  syscall: false
                  selectors:
                  - matchBinaries:
                    - {operator: "In", values: ["/usr/bin/mkdir"]}
                    matchActions:
                """ + actions.indent(4);
    }
}
