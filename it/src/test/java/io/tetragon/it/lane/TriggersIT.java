// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.ProcStatus;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The triggers do on this kernel what they are for, whether or not anybody looks: needs no agent. */
class TriggersIT {
    private static final String TRUE = Places.trigger("true");

    static Stream<Arguments> triggers() {
        return Stream.of(
                row(0, "true"),
                row(0, "exit-leader"),
                row(7, "exit-leader", "7"),
                row(0, "thread-exec", TRUE),
                row(0, "vfork-exec", TRUE),
                row(0, "fork-noexec", "2"),
                row(0, "memfd-exec", "fd", TRUE),
                row(0, "memfd-exec", "proc", TRUE),
                row(0, "exec-deleted", Places.scratch("trigger-removed"), TRUE),
                row(0, "many-args", "15", "131071"),
                row(0, "exec-bytes", Places.SCRATCH.toString(), TRUE, "a\\x0a\\xff"),
                row(0, "grant-exec", "setuid:0", Places.scratch("trigger-setuid"), TRUE),
                row(0, "grant-exec", "filecap", Places.scratch("trigger-filecap"), TRUE),
                row(139, "die-by", "11"),
                row(0, "deep-cwd", Places.SCRATCH.toString(), "5000", TRUE),
                row(0, "deleted-cwd", Places.scratch("trigger-gone"), TRUE),
                row(0, "pid-ns", "init", TRUE),
                row(0, "pid-ns", "inject", TRUE),
                row(0, "pid-reuse", TRUE, TRUE),
                row(0, "flood", "10", TRUE),
                row(0, "open-paths", "0", "/etc/passwd", "/none"),
                row(0, "write-to", Places.scratch("trigger-written"), "5", "70000"),
                row(0, "read-from", "/etc/passwd", "5", "2"),
                row(0, "vector-io", "write", Places.scratch("trigger-vector"), "3", "0", "2"),
                row(0, "vector-io", "read", Places.scratch("trigger-vector"), "3", "2"),
                row(0, "seek", "child", "1", "-1"),
                row(0, "seek-threads", "2", "2", "3", "1"),
                row(0, "seek-steadily"),
                row(0, "change-then-seek", "uts", "1"),
                row(0, "change-then-seek", "user", "1"),
                row(0, "change-then-seek", "nobody", "1"),
                row(0, "change-then-seek", "drop", "1"),
                row(0, "change-then-seek", "toggle", "1"),
                row(0, "unix-connect", "@none-such"),
                row(0, "udp-send", "127.0.0.1", "9"),
                row(0, "bpf-calls"),
                row(0, "read-types", Places.SCRATCH.toString()),
                row(0, "mount-write", Places.SCRATCH.toString(), "trigger-mounted"),
                row(0, "symlink-at", "/none", Places.scratch("trigger-link")),
                row(17, "symlink-at", "/none", "/etc"));
    }

    @ParameterizedTest(name = "{1} ends with {0}")
    @MethodSource("triggers")
    void aTriggerWorksOnThisKernel(int status, List<String> words) {
        assumeTrue(ProcStatus.ofSelf().value("Uid").startsWith("0\t"), "not root");
        String[] command = words.toArray(String[]::new);
        command[0] = Places.trigger(command[0]);
        Launch launch = Launch.of(command);
        launch.missing().ifPresent(reason -> assumeTrue(false, reason));
        Launch.Running running = launch.run();
        assertEquals(status, running.awaitEnd(), running::output);
        assertTrue(!command[0].endsWith("flood") || running.output().contains("flood: spawned=10"), running::output);
    }

    private static Arguments row(int status, String... words) {
        return Arguments.of(status, List.of(words));
    }
}
