// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.exec;

import static io.tetragon.it.kit.ExpectedEvent.exec;
import static io.tetragon.it.kit.ExpectedEvent.exit;
import static io.tetragon.it.kit.Places.SCRATCH;
import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.kit.Scenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Scenario;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One program: its arguments, working directory, environment, namespaces and how it ended. */
final class BasicRows {
    private static final String HERE = SCRATCH.toString();

    private BasicRows() {}

    static Stream<Scenario> rows() {
        return Stream.of(arguments(), workingDirectories(), surroundings(), endings()).flatMap(rows -> rows);
    }

    private static Stream<Scenario> arguments() {
        return Stream.of(
                row(
                        "an exec is reported with binary, arguments, working directory and parent, and so is its exit",
                        Launch.of("/usr/bin/printf", "%s", "one", "two"),
                        exec("/usr/bin/printf")
                                .as("printf")
                                .arguments("%s one two")
                                .cwd(HERE)
                                .flags("execve clone")
                                .with("process.uid", Check.is(0))
                                .with("process.auid", Check.present())
                                .with("process.in_init_tree", Check.is(false))
                                .with("parent.binary", Check.matches(".*/java"))
                                .with("parent.flags", Check.words("procFS"))
                                .with("parent.pid", Check.is(ProcessHandle.current().pid())),
                        exit("/usr/bin/printf").as("printf").status(0)),
                row(
                        "a program without arguments has no arguments field",
                        Launch.of("/usr/bin/true"),
                        exec("/usr/bin/true").as("true").arguments("").flags("execve clone"),
                        exit("/usr/bin/true").as("true").arguments("").status(0)),
                row(
                        "an argument with a blank stands in double quotes, a quote within is left alone",
                        Launch.of("/usr/bin/true", "plain", "with blank", "a\"b", "c \"d"),
                        exec("/usr/bin/true").as("true").arguments("plain \"with blank\" a\"b \"c \"d\""),
                        exit("/usr/bin/true").as("true").status(0)),
                row(
                        "a quoted first argument puts a blank before the arguments",
                        Launch.of("/usr/bin/true", "with blank", "plain"),
                        exec("/usr/bin/true").as("true").arguments(" \"with blank\" plain"),
                        exit("/usr/bin/true").as("true").status(0)),
                row(
                        "an empty argument leaves two blanks",
                        Launch.of("/usr/bin/true", "a", "", "b"),
                        exec("/usr/bin/true").as("true").arguments("a  b"),
                        exit("/usr/bin/true").as("true").status(0)),
                row(
                        "arguments of 3000 bytes arrive whole and are flagged dataArgs",
                        Launch.of("/usr/bin/true", "x".repeat(3000)),
                        exec("/usr/bin/true")
                                .as("true")
                                .arguments("x".repeat(3000))
                                .flags("execve clone dataArgs"),
                        exit("/usr/bin/true").as("true").arguments("x".repeat(3000)).status(0)));
    }

    private static Stream<Scenario> workingDirectories() {
        String copy = scratch("relative-true");
        return Stream.of(
                row(
                        "the root as working directory is flagged rootcwd",
                        Launch.of("/usr/bin/true").in("/"),
                        exec("/usr/bin/true").as("true").cwd("/").flags("execve rootcwd clone"),
                        exit("/usr/bin/true").as("true").cwd("/").status(0)),
                row(
                        "a relative program is reported with its absolute path",
                        Launch.of("./relative-true", "x"),
                        exec(copy).as("true").arguments("x").cwd(HERE),
                        exit(copy).as("true").status(0))
                        .given(() -> Files.copy(Path.of("/usr/bin/true"), Path.of(copy))),
                row(
                        "a working directory of 1000 characters arrives whole",
                        Launch.of(trigger("deep-cwd"), HERE, "1000", trigger("true")),
                        exec(trigger("deep-cwd")).as("deep"),
                        exec(trigger("true"))
                                .as("true")
                                .childOf("deep")
                                .flags("execve clone")
                                .with("process.cwd", deepPath(1000)),
                        exit(trigger("true")).as("true").status(0),
                        exit(trigger("deep-cwd")).as("deep").status(0)),
                row(
                        "a working directory longer than PATH_MAX is whole, or flagged",
                        Launch.of(trigger("deep-cwd"), HERE, "5000", trigger("true")),
                        exec(trigger("deep-cwd")).as("deep"),
                        exec(trigger("true"))
                                .as("true")
                                .childOf("deep")
                                .with("process", Check.that("has the whole cwd or the flag errorPathResolutionCwd",
                                        process -> process.path("flags").asText().contains("errorPathResolutionCwd")
                                                || deepPath(5000).test().test(process.path("cwd")))),
                        exit(trigger("true")).as("true").status(0),
                        exit(trigger("deep-cwd")).as("deep").status(0)),
                row(
                        "a removed working directory is still named",
                        Launch.of(trigger("deleted-cwd"), scratch("gone"), trigger("true")),
                        exec(trigger("deleted-cwd")).as("before"),
                        exec(trigger("true"))
                                .as("true")
                                .childOf("before")
                                .with("process.cwd", Check.oneOf(scratch("gone"), scratch("gone") + " (deleted)")),
                        exit(trigger("true")).as("true").status(0)));
    }

    /** Pieces of 199 letters below the scratch folder, at least so many characters altogether. */
    private static Check deepPath(int length) {
        return Check.that(
                "is " + HERE + " and directories below, " + length + " characters or more",
                node -> node.asText().matches(Pattern.quote(HERE) + "(/[a-z]{199})+")
                        && node.asText().length() >= length);
    }

    private static Stream<Scenario> surroundings() {
        return Stream.of(
                row(
                        "environment variables are reported in their order, empty ones and such with = too",
                        Launch.of("/usr/bin/env", "-i", "A=1", "EMPTY=", "PAIR=x=y z", "/usr/bin/true"),
                        exec("/usr/bin/env").as("env"),
                        exec("/usr/bin/true")
                                .as("true")
                                .childOf("env")
                                .with("process.environment_variables", Check.json(
                                        "[{'Key':'A','Value':'1'},{'Key':'EMPTY'},{'Key':'PAIR','Value':'x=y z'}]")),
                        exit("/usr/bin/true").as("true").status(0)),
                row(
                        "an empty environment has no field",
                        Launch.of("/usr/bin/env", "-i", "/usr/bin/true"),
                        exec("/usr/bin/env").as("env"),
                        exec("/usr/bin/true")
                                .as("true")
                                .childOf("env")
                                .with("process.environment_variables", Check.absent()),
                        exit("/usr/bin/true").as("true").status(0)),
                row(
                        "namespaces of the host are marked as such, a new one is not",
                        Launch.of("/usr/bin/unshare", "-u", "/usr/bin/true"),
                        exec("/usr/bin/unshare")
                                .as("unshare")
                                .with("process.ns.uts.is_host", Check.is(true))
                                .with("process.ns.uts.inum", Check.matches("\\d+")),
                        exec("/usr/bin/true")
                                .as("true")
                                .childOf("unshare")
                                .with("process.ns.uts.is_host", Check.absent())
                                .with("process.ns.uts.inum", Check.matches("\\d+"))
                                .with("process.ns.mnt.is_host", Check.is(true))
                                .with("process.ns.pid.is_host", Check.is(true)),
                        exit("/usr/bin/true").as("true").status(0)));
    }

    private static Stream<Scenario> endings() {
        return Stream.of(
                row(
                        "an exit status is reported",
                        Launch.of("/usr/bin/sh", "-c", "exit 42"),
                        exec("/usr/bin/sh").as("sh").arguments("-c \"exit 42\""),
                        exit("/usr/bin/sh").as("sh").status(42))
                        .endsWith(42),
                killedBy("SIGHUP", 1, ""),
                killedBy("SIGKILL", 9, ""),
                killedBy("SIGUSR1", 10, ""),
                killedBy("SIGTERM", 15, ""),
                killedBy("SIGSEGV", 11, ""),
                killedBy("SIGABRT", 6, "core"));
    }

    private static Scenario killedBy(String name, int number, String core) {
        String program = trigger("die-by");
        Launch launch = core.isEmpty()
                ? Launch.of(program, Integer.toString(number))
                : Launch.of(program, Integer.toString(number), core);
        return row(
                        "an end by " + name + (core.isEmpty() ? "" : " with a core file") + " is reported by that name",
                        launch,
                        exec(program).as("it"),
                        exit(program).as("it").signal(name))
                .endsWith(128 + number);
    }
}
