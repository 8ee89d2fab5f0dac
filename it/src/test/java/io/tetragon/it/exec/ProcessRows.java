// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.exec;

import static io.tetragon.it.kit.ExpectedEvent.exec;
import static io.tetragon.it.kit.ExpectedEvent.exit;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.kit.Scenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Scenario;
import java.util.stream.Stream;

/** Several processes or threads: who is whose parent, and how often a process ends. */
final class ProcessRows {
    private static final String TRUE = trigger("true");

    private ProcessRows() {}

    static Stream<Scenario> rows() {
        return Stream.of(forks(), threads(), namespaces()).flatMap(rows -> rows);
    }

    private static Stream<Scenario> forks() {
        String fork = trigger("fork-noexec");
        String vfork = trigger("vfork-exec");
        String reuse = trigger("pid-reuse");
        return Stream.of(
                row(
                        "an exec without a fork has the program before it as parent",
                        Launch.of("/usr/bin/env", TRUE),
                        exec("/usr/bin/env").as("env").flags("execve clone"),
                        exec(TRUE).as("true").childOf("env").flags("execve"),
                        exit(TRUE).as("true").childOf("env").status(0)),
                row(
                        "a child of vfork has the program that made it as parent",
                        Launch.of(vfork, TRUE, "x"),
                        exec(vfork).as("vfork").arguments(TRUE + " x"),
                        exec(TRUE).as("true").childOf("vfork").arguments("x").flags("execve clone"),
                        exit(TRUE).as("true").status(0),
                        exit(vfork).as("vfork").status(0)),
                row(
                        "a fork that never execs ends with the data of its parent",
                        Launch.of(fork, "1"),
                        exec(fork).as("first").arguments("1"),
                        exit(fork).as("second").childOf("first").arguments("1").flags("execve").status(1),
                        exit(fork).as("first").flags("execve clone").status(0)),
                row(
                        "forks of forks are linked one to the next",
                        Launch.of(fork, "3"),
                        exec(fork).as("0").arguments("3"),
                        exit(fork).as("3").childOf("2").flags("execve").status(3),
                        exit(fork).as("2").childOf("1").flags("execve").status(2),
                        exit(fork).as("1").childOf("0").flags("execve").status(1),
                        exit(fork).as("0").status(0)),
                row(
                        "an exec after two forks has the fork as parent, with the data of the first program",
                        Launch.of(fork, "2", TRUE),
                        exec(fork).as("0"),
                        exec(TRUE)
                                .as("true")
                                .childOf("1")
                                .flags("execve clone")
                                .with("parent.binary", Check.is(fork))
                                .with("parent.arguments", Check.is("2 " + TRUE)),
                        exit(TRUE).as("true").status(0),
                        exit(fork).as("1").childOf("0").status(1),
                        exit(fork).as("0").status(0)),
                row(
                        "two programs that had the same pid one after the other are two processes",
                        Launch.of(reuse, TRUE, "/usr/bin/true"),
                        exec(reuse).as("parent"),
                        exec(TRUE).as("first").childOf("parent").flags("execve clone"),
                        exit(TRUE).as("first").childOf("parent").status(0),
                        exec("/usr/bin/true").as("second").childOf("parent").flags("execve clone"),
                        exit("/usr/bin/true").as("second").childOf("parent").status(0),
                        exit(reuse).as("parent").status(0)));
    }

    private static Stream<Scenario> threads() {
        String leader = trigger("exit-leader");
        String thread = trigger("thread-exec");
        return Stream.of(
                row(
                        "a process ends once, when its last thread ends, though its leader ended before",
                        Launch.of(leader),
                        exec(leader).as("it"),
                        exit(leader).as("it").status(0)),
                row(
                        "a process whose leader ended before reports the status of its end",
                        Launch.of(leader, "7"),
                        exec(leader).as("it"),
                        exit(leader).as("it").status(7))
                        .endsWith(7),
                row(
                        "an exec by a thread that is not the leader is one of the process",
                        Launch.of(thread, TRUE, "x"),
                        exec(thread).as("before").flags("execve clone"),
                        exec(TRUE).as("true").childOf("before").arguments("x").flags("execve"),
                        exit(TRUE).as("true").status(0)));
    }

    private static Stream<Scenario> namespaces() {
        String pidNs = trigger("pid-ns");
        // What the agent says of the tree in flags, beside the field of its own.
        Check flags = Check.oneOf("execve clone", "execve clone inInitTree");
        return Stream.of(
                row(
                        "the first process of a pid namespace and its children are in the init tree",
                        Launch.of(pidNs, "init", "/usr/bin/sh", "-c", TRUE + "; exit 3"),
                        exec(pidNs).as("outside").with("process.in_init_tree", Check.is(false)),
                        exec("/usr/bin/sh")
                                .as("init")
                                .childOf("outside")
                                .with("process.flags", flags)
                                .with("process.in_init_tree", Check.is(true)),
                        exec(TRUE)
                                .as("true")
                                .childOf("init")
                                .with("process.flags", flags)
                                .with("process.in_init_tree", Check.is(true)),
                        exit(TRUE).as("true").status(0),
                        exit("/usr/bin/sh").as("init").status(3),
                        exit(pidNs).as("outside").status(3))
                        .endsWith(3),
                row(
                        "a process put into a pid namespace from outside is not in the init tree",
                        Launch.of(pidNs, "inject", TRUE),
                        exec(pidNs).as("outside"),
                        exec(TRUE)
                                .as("true")
                                .childOf("outside")
                                .flags("execve clone")
                                .with("process.in_init_tree", Check.is(false)),
                        exit(TRUE).as("true").status(0),
                        exit(pidNs).as("init").childOf("outside").signal("SIGKILL"),
                        exit(pidNs).as("outside").status(0)));
    }
}
