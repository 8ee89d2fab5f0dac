// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where things are: the agent under test, the trigger programs, the recordings, and a folder to work in. */
public final class Places {
    /** The agent's tree, as the distribution lays it out. */
    public static final Path TREE = place("tetragon.tree", "../distribution/target/tetragon");

    /** Recordings and kernels that are not part of the sources; may be absent. */
    public static final Path SHARED = place("tetragon.shared", "../../shared");

    /** The compiled programs of {@code src/triggers}; empty without a C compiler. */
    public static final Path TRIGGERS = place("tetragon.triggers", "target/triggers");

    /** An empty folder of this JVM, removed at its end. Private to root and without symbolic links in its path. */
    public static final Path SCRATCH = scratch();

    private Places() {}

    /** The path of a trigger program, whether or not it has been built. */
    public static String trigger(String name) {
        return TRIGGERS + "/" + name;
    }

    /** A path in {@link #SCRATCH}. */
    public static String scratch(String name) {
        return SCRATCH.resolve(name).toString();
    }

    /** Why the tree has no sensor of this name, such as {@code kprobe}; empty if it has. */
    public static Optional<String> missingSensor(String name) {
        Path jar = TREE.resolve("sensors/io.tetragon.sensor." + name + ".jar");
        return Files.exists(jar) ? Optional.empty() : Optional.of("no sensor " + name + " in the agent's tree");
    }

    private static Path place(String property, String otherwise) {
        return Path.of(System.getProperty(property, otherwise)).toAbsolutePath().normalize();
    }

    private static Path scratch() {
        try {
            Path made = Files.createTempDirectory("tetragon-it").toRealPath();
            // Programs that run as nobody are executed from it.
            Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwx--x--x"));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(made), "remove-scratch"));
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> walk = Files.walk(folder)) {
            List<Path> deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            System.err.println("scratch folder " + folder + " not removed: " + e);
        }
    }
}
