// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** Cgroups of the unified hierarchy, made by hand for a test and removed after it. Used by one thread. */
public final class Cgroups implements AutoCloseable {
    private final Path root;
    private final Deque<Path> made = new ArrayDeque<>();

    /** @param root of the hierarchy, from {@link #root()} */
    public Cgroups(Path root) {
        this.root = root;
    }

    /** Where the unified hierarchy is mounted and groups can be made. */
    public static Optional<Path> root() {
        return Files.exists(Path.of("/sys/fs/cgroup/cgroup.procs"))
                ? Optional.of(Path.of("/sys/fs/cgroup"))
                : Optional.of(Path.of("/sys/fs/cgroup/unified")).filter(path -> Files.exists(path.resolve("cgroup.procs")));
    }

    /** Makes a group and those above it that are missing; the path is from the root. */
    public Path make(String path) {
        Path folder = root;
        try {
            for (String name : path.split("/")) {
                folder = folder.resolve(name);
                if (!Files.exists(folder)) {
                    Files.createDirectory(folder);
                    made.push(folder);
                }
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The folder of a group. */
    public Path folder(String path) {
        return root.resolve(path);
    }

    /** Removes a group, which has no process and no group below it. */
    public void remove(String path) {
        Path folder = root.resolve(path);
        try {
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        made.remove(folder);
    }

    /** A program that enters a group before it becomes the other one; it keeps its pid. */
    public Launch enter(String path, Launch launch) {
        String command = String.join(" ", launch.command());
        return Launch.of("/bin/sh", "-c", "echo $$ > " + folder(path) + "/cgroup.procs && exec " + command);
    }

    @Override
    public void close() {
        // Processes that ended may be in a group for a moment longer.
        for (Path folder : made) {
            Timeouts.await(Timeouts.event(), () -> {
                try {
                    return Files.deleteIfExists(folder) || true;
                } catch (IOException e) {
                    return false;
                }
            });
        }
        made.clear();
    }
}
