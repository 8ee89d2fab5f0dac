// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.keep;

import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Places;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Something that a policy forbids, and a program that tries it all the time. */
enum Forbidden {
    /** By a probe on the call or, where there are no probes, by the dispatcher of system calls. */
    CALL(Lane.NATIVE, new String[] {"die"}, """
            kprobes:
            - call: "sys_lseek"
              syscall: true
              args:
              - {index: 2, type: "int"}
              selectors:
              - matchBinaries:
                - {operator: "In", values: ["%s"]}
                matchArgs:
                - {index: 2, operator: "Equal", values: ["4444"]}
                matchActions:
                - {action: "Sigkill"}
            """),
    /** By a tracepoint, which is a perf event to the kernel. */
    TRACEPOINT(Lane.NATIVE, new String[] {"die"}, """
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
                - {action: "Sigkill"}
            """),
    /** By a function of the program. */
    UPROBE(Lane.NATIVE, new String[] {"die"}, """
            uprobes:
            - path: "%s"
              symbols: ["attempt"]
              selectors:
              - matchActions:
                - {action: "Sigkill"}
            """),
    /** By a static probe of the program. */
    USDT(Lane.NATIVE, new String[] {"die"}, """
            usdts:
            - path: "%s"
              provider: "test"
              name: "attempt"
              args:
              - {index: 0}
              selectors:
              - matchArgs:
                - {index: 0, operator: "Equal", values: ["1"]}
                matchActions:
                - {action: "Sigkill"}
            """),
    /** Not merely punished but prevented. */
    OVERRIDDEN(Lane.OVERRIDE, new String[] {"link", Places.scratch("forbidden-link")}, """
            kprobes:
            - call: "sys_symlinkat"
              syscall: true
              selectors:
              - matchBinaries:
                - {operator: "In", values: ["%s"]}
                matchActions:
                - {action: "Override", argError: -1}
            """),
    /** Likewise, where the kernel asks its security modules. */
    DENIED(Lane.LSM, new String[] {"link", Places.scratch("forbidden-link")}, """
            lsmhooks:
            - hook: "inode_symlink"
              selectors:
              - matchBinaries:
                - {operator: "In", values: ["%s"]}
                matchActions:
                - {action: "Override", argError: -1}
            """),
    /** Likewise, before it does. */
    SECURITY(Lane.FMOD_RET, new String[] {"link", Places.scratch("forbidden-link")}, """
            kprobes:
            - call: "security_inode_symlink"
              syscall: false
              selectors:
              - matchBinaries:
                - {operator: "In", values: ["%s"]}
                matchActions:
                - {action: "Override", argError: -1}
            """),
    /** By an enforcer that is notified elsewhere. */
    ENFORCED(Lane.OVERRIDE, new String[] {"link", Places.scratch("forbidden-link")}, """
            enforcers:
            - calls: ["sys_symlinkat"]
            tracepoints:
            - subsystem: "raw_syscalls"
              event: "sys_enter"
              args:
              - {index: 4, type: "syscall64"}
              selectors:
              - matchBinaries:
                - {operator: "In", values: ["%s"]}
                matchArgs:
                - {index: 0, operator: "Equal", values: ["266"]}
                matchActions:
                - {action: "NotifyEnforcer", argError: -1}
            """);

    private static final String PROGRAM = Places.trigger("attempt-steadily");
    private static final Pattern RESULT = Pattern.compile("attempts=(\\d+) succeeded=(\\d+)");

    private final Lane lane;
    private final String[] arguments;
    private final String spec;

    Forbidden(Lane lane, String[] arguments, String spec) {
        this.lane = lane;
        this.arguments = arguments;
        this.spec = spec;
    }

    Lane lane() {
        return lane;
    }

    /** The one that this kernel can prevent, or else the first. */
    static Forbidden strongest() {
        return OVERRIDDEN.lane.missing().isEmpty() ? OVERRIDDEN : CALL;
    }

    /** A policy of this name that forbids it. */
    String policy(String name) {
        return """
                apiVersion: cilium.io/v1alpha1
                kind: TracingPolicy
                metadata:
                  name: "%s"
                spec:
                """.formatted(name) + spec.formatted(PROGRAM).indent(2);
    }

    /** Tries it until it is released. */
    Launch steadily() {
        String[] command = new String[arguments.length + 1];
        command[0] = PROGRAM;
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return Launch.of(command).hold();
    }

    /** Tries it at least once, and tells whether that was possible. */
    boolean isPossible() {
        return Attempts.of(steadily().run()).succeeded() > 0;
    }

    /** What came of the attempts. */
    record Attempts(long made, long succeeded) {
        static Attempts of(Launch.Running program) {
            program.release();
            int status = program.awaitEnd();
            Matcher result = RESULT.matcher(program.output());
            if (status != 0 || !result.find()) {
                throw new AssertionError("ended with " + status + ": " + program.output());
            }
            return new Attempts(Long.parseLong(result.group(1)), Long.parseLong(result.group(2)));
        }
    }
}
