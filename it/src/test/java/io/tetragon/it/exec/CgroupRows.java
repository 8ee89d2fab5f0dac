// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.exec;

import static io.tetragon.it.kit.ExpectedEvent.exec;
import static io.tetragon.it.kit.ExpectedEvent.exit;
import static io.tetragon.it.kit.Places.trigger;
import static io.tetragon.it.kit.Scenario.row;

import io.tetragon.it.kit.Check;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Scenario;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Processes in a control group that is named as container runtimes name theirs. */
final class CgroupRows {
    private static final String TRUE = trigger("true");
    private static final String ID = "0123456789abcdef".repeat(4);

    /** So much of an identifier is reported. */
    private static final String REPORTED = ID.substring(0, 31);

    private CgroupRows() {}

    static Stream<Scenario> rows() {
        return Stream.of(
                inGroup("the identifier of a container is the name of its control group", ID, Check.is(REPORTED)),
                inGroup(
                        "the identifier of a container may stand after a prefix of its runtime",
                        "docker-" + ID,
                        Check.is(REPORTED)),
                inGroup("a control group with a short name is no container", "tetragon-it-plain", Check.absent()));
    }

    private static Scenario inGroup(String sentence, String group, Check docker) {
        List<Path> folders = hierarchies().map(root -> root.resolve(group)).toList();
        String join = folders.stream()
                .map(folder -> "echo $$ > " + folder + "/cgroup.procs; ")
                .collect(Collectors.joining());
        return row(
                        sentence,
                        Launch.of("/usr/bin/sh", "-c", join + "exec " + TRUE, TRUE),
                        exec("/usr/bin/sh").as("sh").with("process.docker", Check.absent()),
                        exec(TRUE).as("true").childOf("sh").with("process.docker", docker),
                        exit(TRUE).as("true").status(0))
                .given(() -> {
                    for (Path folder : folders) {
                        Files.createDirectory(folder);
                    }
                })
                .afterwards(() -> {
                    for (Path folder : folders) {
                        Files.deleteIfExists(folder);
                    }
                });
    }

    /** Where groups can be made: the unified hierarchy, and on a mixed machine the old ones with their controllers. */
    private static Stream<Path> hierarchies() {
        try {
            return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                    .map(line -> line.split(" "))
                    // A chroot may have the same hierarchies mounted a second time.
                    .filter(field -> field[1].startsWith("/sys/fs/cgroup"))
                    .filter(field -> field[2].equals("cgroup2")
                            // A new group of cpuset takes no process before it has been given processors.
                            || field[2].equals("cgroup") && !field[3].contains("cpuset"))
                    .map(field -> Path.of(field[1]))
                    .filter(Files::isWritable)
                    .distinct();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
