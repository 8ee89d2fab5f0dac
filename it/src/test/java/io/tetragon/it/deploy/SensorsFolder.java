// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.deploy;

import io.tetragon.it.kit.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** A folder of sensors of a test's own, with what the agent's tree has in its folder to start with. */
final class SensorsFolder {
    private final Path folder;
    private final Path stage;

    private SensorsFolder(Path folder, Path stage) {
        this.folder = folder;
        this.stage = stage;
    }

    /** Makes one in the scratch folder. */
    static SensorsFolder copyOfTree(String name) {
        SensorsFolder sensors = new SensorsFolder(
                Places.SCRATCH.resolve(name + "-sensors"), Places.SCRATCH.resolve(name + "-stage"));
        Path original = Places.TREE.resolve("sensors");
        try {
            Files.createDirectories(sensors.folder);
            Files.createDirectories(sensors.stage);
            try (Stream<Path> files = Files.list(original)) {
                List<Path> jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
                for (Path jar : jars) {
                    sensors.put(jar.getFileName().toString(), Files.readAllBytes(jar));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sensors;
    }

    String path() {
        return folder.toString();
    }

    /** Adds or replaces a file: written elsewhere, then renamed, so that it is never seen half. */
    void put(String file, byte[] content) {
        try {
            Path staged = Files.write(stage.resolve(file), content);
            Files.move(staged, folder.resolve(file), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes a file and returns its content. */
    byte[] take(String file) {
        try {
            byte[] content = Files.readAllBytes(folder.resolve(file));
            Files.delete(folder.resolve(file));
            return content;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts a file of the agent's tree back if a test before left it out. */
    void restore(String file) {
        if (!Files.exists(folder.resolve(file))) {
            try {
                put(file, Files.readAllBytes(Places.TREE.resolve("sensors").resolve(file)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Removes a file if it is there. */
    void clear(String file) {
        try {
            Files.deleteIfExists(folder.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
