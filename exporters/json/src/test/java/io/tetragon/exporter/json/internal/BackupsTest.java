// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BackupsTest {
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"tetragon.log", "no extension", "line\nend.log", "*?[a].log"})
    void the_newest_are_kept_and_strangers_left_alone(String name) throws Exception {
        Path current = directory.resolve(name);
        Path stranger = directory.resolve("tetragon-2024.log");
        Files.writeString(stranger, "");
        Path folder = directory.resolve(new BackupName(current).at(1));
        Files.createDirectory(folder);
        write(current, 3, false, 10);
        awaitBackups(name, 3 + 2);
        assertTrue(Files.exists(stranger));
        assertTrue(Files.isDirectory(folder));
        assertEquals(List.of(9L), Exported.numbers(current));
        Files.delete(stranger);
        Files.delete(folder);
        assertEquals(LongStream.range(6, 10).boxed().toList(), Exported.everything(directory, name));
    }

    @Test
    void backups_are_compressed_whole_and_private() throws Exception {
        Path current = directory.resolve("tetragon.log");
        write(current, 0, true, 5);
        awaitCompressed("tetragon.log", 4);
        assertEquals(LongStream.range(0, 5).boxed().toList(), Exported.everything(directory, "tetragon.log"));
        for (Path backup : Exported.backups(directory, "tetragon.log")) {
            assertEquals(OWNER, Files.getPosixFilePermissions(backup));
        }
    }

    @Test
    void pruning_counts_compressed_and_plain_ones_alike() throws Exception {
        Path current = directory.resolve("tetragon.log");
        write(current, 2, true, 9);
        awaitCompressed("tetragon.log", 2);
        assertEquals(LongStream.range(6, 9).boxed().toList(), Exported.everything(directory, "tetragon.log"));
    }

    @Test
    void what_an_earlier_run_left_half_done_is_done_at_the_start() throws Exception {
        Path current = directory.resolve("tetragon.log");
        BackupName names = new BackupName(current);
        Files.writeString(directory.resolve(names.at(1000)), "{\"test\":{\"n\":0}}\n");
        Files.writeString(directory.resolve(names.at(1000) + ".gz.tmp"), "half");
        Files.writeString(directory.resolve(names.at(2000)), "{\"test\":{\"n\":1}}\n");
        Files.writeString(directory.resolve(names.at(2000) + ".gz"), "written, but not trusted");
        RotatingFile file = new RotatingFile(current, OWNER, policy(0), new Backups(current, OWNER, true));
        awaitCompressed("tetragon.log", 2);
        file.close();
        assertEquals(List.of(0L, 1L), Exported.everything(directory, "tetragon.log"));
    }

    @Test
    void fewer_are_kept_as_soon_as_the_policy_says_so() throws Exception {
        Path current = directory.resolve("tetragon.log");
        RotatingFile file = new RotatingFile(current, OWNER, policy(0), new Backups(current, OWNER, false));
        JsonLines lines = new JsonLines(file);
        for (int i = 0; i < 5; i++) {
            lines.event(NumberedEvent.of(i));
        }
        lines.flush();
        file.policy(policy(1));
        lines.event(NumberedEvent.of(5));
        lines.flush();
        awaitBackups("tetragon.log", 1);
        lines.closed();
        assertEquals(List.of(4L, 5L), Exported.everything(directory, "tetragon.log"));
    }

    /** Writes events of which each has a file of its own. */
    private static void write(Path current, int keep, boolean compress, int events) throws Exception {
        RotatingFile file = new RotatingFile(current, OWNER, policy(keep), new Backups(current, OWNER, compress));
        JsonLines lines = new JsonLines(file);
        for (int i = 0; i < events; i++) {
            lines.event(NumberedEvent.of(i));
        }
        lines.flush();
        // The worker outlives this method, as it would outlive the last rotation of a running agent.
    }

    private static RotationPolicy policy(int keep) {
        return new RotationPolicy(1, Duration.ZERO, keep);
    }

    private void awaitBackups(String current, int count) throws Exception {
        while (Exported.backups(directory, current).size() != count) {
            Thread.sleep(5);
        }
    }

    private void awaitCompressed(String current, int count) throws Exception {
        while (!isCompressed(current, count)) {
            Thread.sleep(5);
        }
    }

    private boolean isCompressed(String current, int count) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            List<Path> others = entries.filter(entry -> !entry.endsWith(current)).toList();
            return others.size() == count && others.stream().allMatch(path -> path.toString().endsWith(".gz"));
        }
    }
}
