// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.exec;

import static io.tetragon.it.kit.ExpectedEvent.exec;
import static io.tetragon.it.kit.ExpectedEvent.exit;
import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.kit.Scenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Scenario;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;

/** Programs that are not plain files with a short name. */
final class FileRows {
    private static final String TRUE = trigger("true");
    private static final String INODE = "process.binary_properties.file.inode";

    private FileRows() {}

    static Stream<Scenario> rows() {
        String memfd = trigger("memfd-exec");
        String deleted = trigger("exec-deleted");
        String script = scratch("script.sh");
        String longDir = scratch("d".repeat(200));
        String longName = longDir + "/" + "n".repeat(200);
        return Stream.of(
                row(
                        "a program in memory, executed by its descriptor, has an inode without links",
                        Launch.of(memfd, "fd", TRUE, "x"),
                        exec(memfd).as("before"),
                        unlinked("/dev/fd/100").as("it").childOf("before").arguments("x"),
                        exit("/dev/fd/100").as("it").status(0)),
                row(
                        "a program in memory, executed by its name in /proc, has an inode without links",
                        Launch.of(memfd, "proc", TRUE),
                        exec(memfd).as("before"),
                        unlinked("/proc/self/fd/100").as("it").childOf("before"),
                        exit("/proc/self/fd/100").as("it").status(0)),
                row(
                        "a program that was removed before its exec has an inode without links",
                        Launch.of(deleted, scratch("removed"), TRUE),
                        exec(deleted).as("before"),
                        unlinked("/dev/fd/100").as("it").childOf("before"),
                        exit("/dev/fd/100").as("it").status(0)),
                row(
                        "a script is reported by its own name, with the name as its interpreter's argument",
                        Launch.of(script, "one"),
                        exec(script).as("script").arguments(script + " one").flags("execve clone"),
                        exit(script).as("script").status(0))
                        .given(() -> {
                            Files.writeString(Path.of(script), "#!/bin/sh\n:\n");
                            Files.setPosixFilePermissions(
                                    Path.of(script), PosixFilePermissions.fromString("rwx------"));
                        }),
                row(
                        "a program name longer than 255 bytes arrives whole and is flagged dataFilename",
                        Launch.of(longName).in("/"),
                        exec(longName).as("it").flags("execve rootcwd clone dataFilename"),
                        exit(longName).as("it").status(0))
                        .given(() -> {
                            Files.createDirectory(Path.of(longDir));
                            Files.copy(Path.of("/usr/bin/true"), Path.of(longName));
                        }));
    }

    private static ExpectedEvent unlinked(String binary) {
        return exec(binary)
                .flags("execve")
                .with(INODE + ".number", Check.matches("[1-9]\\d*"))
                .with(INODE + ".links", Check.is(0));
    }
}
