// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.Timeouts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@NeedsAgent
@Tag("restarts")
class ClassDataArchiveIT {
    private static final Path STATE = Path.of(Places.scratch("archive state"));

    @Test
    void theFirstStartMakesAnArchiveThatTheSecondMaps() throws Exception {
        try (AgentProcess first = AgentProcess.start(AgentSetup.DEFAULTS.with("--state-dir", STATE.toString()))) {
            assertFalse(isMapped(first));
            boolean made = Timeouts.await(Timeouts.action(), () -> archives().size() == 1);
            assertTrue(made, () -> "no archive in " + STATE + first.logTail());
            first.terminate();
            // What the JVM would run as the agent, nobody else may write.
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(STATE)));
            try (AgentProcess second = first.startAgain()) {
                assertTrue(isMapped(second), () -> archives() + " not mapped" + second.logTail());
            }
        }
        try (Stream<Path> files = Files.list(STATE)) {
            assertEquals(archives(), files.toList(), "nothing but the archive is left");
        }
    }

    private static boolean isMapped(AgentProcess agent) throws IOException {
        String maps = Files.readString(Path.of("/proc", Long.toString(agent.pid()), "maps"));
        return archives().stream().anyMatch(archive -> maps.contains(archive.toString()));
    }

    private static List<Path> archives() {
        if (!Files.isDirectory(STATE)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(STATE)) {
            return files.filter(file -> file.toString().endsWith(".jsa")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
