// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.keep;

import io.tetragon.it.kit.AgentProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What agents have pinned. */
final class Pinned {
    private Pinned() {}

    /** The directories of an agent and of those before it, sorted. */
    static List<Path> roots(AgentProcess agent) {
        return list(agent.pins().getParent()).stream()
                .filter(path -> path.toString().equals(agent.pins().toString())
                        || path.toString().startsWith(agent.pins() + "_old"))
                .toList();
    }

    /** The names of the policies in a directory, sorted. */
    static List<String> policies(Path root) {
        return list(root).stream().map(path -> path.getFileName().toString()).filter(name -> !name.startsWith("__")).toList();
    }

    /** Removes what agents of this run have pinned and a failed test did not: it would stay in force. */
    static void removeAll() {
        list(AgentProcess.PINS).stream()
                .filter(path -> path.getFileName().toString().startsWith(AgentProcess.PINS_OF_THIS_RUN))
                .forEach(Pinned::remove);
    }

    static void remove(Path folder) {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
