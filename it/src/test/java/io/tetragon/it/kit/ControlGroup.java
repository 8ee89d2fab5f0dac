// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A control group for programs of a test, of one name in every hierarchy in which groups can be made: the unified one, and on
 * a mixed machine the old ones with their controllers.
 */
public final class ControlGroup implements AutoCloseable {
    /** Enters the groups before the two dashes and becomes the program behind them; nothing else is executed. */
    private static final String ENTER =
            "while [ \"$1\" != -- ]; do echo $$ > \"$1/cgroup.procs\"; shift; done; shift; exec \"$@\"";

    private final String name;
    private final List<Path> folders;

    /** One that is not made yet. */
    public ControlGroup(String name) {
        this.name = name;
        folders = hierarchies().map(root -> root.resolve(name)).toList();
    }

    /** Makes it. */
    public ControlGroup create() {
        try {
            for (Path folder : folders) {
                Files.createDirectory(folder);
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes it; its processes have ended. */
    public void remove() {
        try {
            for (Path folder : folders) {
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        remove();
    }

    public String name() {
        return name;
    }

    /** A program that runs in it, executed by a shell that enters it first. */
    public Launch launch(String... command) {
        List<String> words = new ArrayList<>(List.of("/usr/bin/sh", "-c", ENTER, "sh"));
        folders.forEach(folder -> words.add(folder.toString()));
        words.add("--");
        words.addAll(List.of(command));
        return Launch.of(words.toArray(String[]::new));
    }

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
