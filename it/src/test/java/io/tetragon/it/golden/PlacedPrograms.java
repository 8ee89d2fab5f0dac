// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.golden;

import io.tetragon.it.kit.Places;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/**
 * Programs at the paths that they had on the machine of the recorder, which are part of the recorded events. Closing removes
 * them and the folders made for them; what was there before stays as it is.
 */
final class PlacedPrograms implements AutoCloseable {
    private final Deque<Path> made = new ArrayDeque<>();

    /** @param triggers by path */
    void place(Map<Path, String> triggers) {
        try {
            for (Map.Entry<Path, String> trigger : triggers.entrySet()) {
                place(trigger.getKey(), Path.of(Places.trigger(trigger.getValue())));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void place(Path path, Path program) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        for (Path folder = path.getParent(); !Files.exists(folder); folder = folder.getParent()) {
            missing.push(folder);
        }
        for (Path folder : missing) {
            made.push(Files.createDirectory(folder));
        }
        if (!Files.exists(path)) {
            made.push(Files.copy(program, path));
        }
    }

    @Override
    public void close() {
        while (!made.isEmpty()) {
            try {
                Files.deleteIfExists(made.pop());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
