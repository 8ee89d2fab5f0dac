// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.log.Log;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks that are full and readers that are gone. */
@Timeout(60)
class TroubleTest {
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
    private static final String TEXT = "x".repeat(1000);

    @TempDir
    Path directory;

    @Test
    void a_full_disk_loses_counted_events_and_no_half_line() throws Exception {
        try (Tmpfs disk = Tmpfs.mount(directory.resolve("disk"), "64k"); LogLines log = new LogLines()) {
            Path path = disk.path().resolve("tetragon.log");
            RotationPolicy policy = new RotationPolicy(1 << 20, Duration.ZERO, 0);
            RotatingFile file = new RotatingFile(path, OWNER, policy, new Backups(path, OWNER, false));
            JsonLines lines = new JsonLines(file);
            int lost = 0;
            for (int i = 0; i < 200; i++) {
                lines.event(new NumberedEvent(i, TEXT));
                lost += i % 7 == 0 ? lines.flush() : 0;
            }
            lost += lines.flush();
            List<Long> written = Exported.numbers(path);
            assertEquals(LongStream.range(0, written.size()).boxed().toList(), written);
            assertTrue(written.size() > 60, "only " + written.size() + " lines in 64 kB");
            assertEquals(200, lost + written.size());
            assertEquals(List.of("cannot write exported events, they are lost until this is mended"), log.messages());

            disk.grow("1m");
            lines.event(new NumberedEvent(200, TEXT));
            assertEquals(0, lines.flush());
            lines.closed();
            List<Long> all = Exported.numbers(path);
            assertEquals(written.size() + 1, all.size());
            assertEquals(200L, all.get(all.size() - 1));
        }
    }

    @Test
    void a_full_disk_does_not_fill_the_backups_with_empty_files() throws Exception {
        try (Tmpfs disk = Tmpfs.mount(directory.resolve("disk"), "64k"); LogLines log = new LogLines()) {
            Path path = disk.path().resolve("tetragon.log");
            RotationPolicy policy = new RotationPolicy(10_000, Duration.ZERO, 0);
            JsonLines lines = new JsonLines(new RotatingFile(path, OWNER, policy, new Backups(path, OWNER, false)));
            int lost = 0;
            for (int i = 0; i < 500; i++) {
                lines.event(new NumberedEvent(i, TEXT));
                lost += lines.flush();
            }
            lines.closed();
            assertEquals(500, lost + Exported.everything(disk.path(), "tetragon.log").size());
            for (Path backup : Exported.backups(disk.path(), "tetragon.log")) {
                assertTrue(Files.size(backup) > 0, backup + " is empty");
            }
            assertFalse(log.messages().isEmpty());
        }
    }

    @Test
    void a_device_that_takes_nothing_costs_the_events_and_two_lines_in_the_log() throws Exception {
        try (LogLines log = new LogLines()) {
            JsonLines lines = new JsonLines(StreamOutput.device(Path.of("/dev/full")));
            int lost = 0;
            for (int i = 0; i < 100; i++) {
                lines.event(NumberedEvent.of(i));
                lost += lines.flush();
            }
            lines.closed();
            assertEquals(100, lost);
            assertEquals(2, log.messages().size(), log.messages().toString());
        }
    }

    @Test
    void a_trouble_is_over_when_nothing_failed_for_a_while() throws Exception {
        try (LogLines log = new LogLines()) {
            Trouble flapping = new Trouble(Log.of(JsonExporter.class), Path.of("x"), TimeUnit.HOURS.toNanos(1));
            for (int i = 0; i < 100; i++) {
                flapping.failed(new IOException("No space left on device"), 1);
                flapping.worked();
            }
            assertEquals(1, log.messages().size());
            Trouble over = new Trouble(Log.of(JsonExporter.class), Path.of("x"), 0);
            over.failed(new IOException("No space left on device"), 3);
            over.worked();
            over.worked();
            assertEquals(3, log.messages().size());
            assertEquals("exported events are written again", log.messages().get(2));
        }
    }

    @Test
    void a_pipe_without_a_reader_loses_events_until_one_comes() throws Exception {
        Path pipe = fifo();
        try (LogLines log = new LogLines()) {
            JsonLines lines = new JsonLines(StreamOutput.fifo(pipe));
            lines.event(NumberedEvent.of(0));
            assertEquals(1, lines.flush());
            try (BufferedReader reader = reader(pipe)) {
                lines.event(NumberedEvent.of(1));
                assertEquals(0, lines.flush());
                assertEquals(1L, Exported.number(reader.readLine()));
            }
            lines.event(NumberedEvent.of(2));
            assertEquals(1, lines.flush());
            try (BufferedReader reader = reader(pipe)) {
                lines.event(NumberedEvent.of(3));
                assertEquals(0, lines.flush());
                lines.closed();
                assertEquals(3L, Exported.number(reader.readLine()));
                assertEquals(null, reader.readLine());
            }
            assertEquals(1 + 1, log.messages().size(), log.messages().toString());
        }
    }

    @Test
    void a_reader_that_goes_within_a_line_leaves_whole_lines_to_the_next() throws Exception {
        Path pipe = fifo();
        try (LogLines log = new LogLines()) {
            JsonLines lines = new JsonLines(StreamOutput.fifo(pipe));
            BufferedReader first = reader(pipe);
            FutureTask<Integer> lost = new FutureTask<>(() -> {
                for (int i = 0; i < 150; i++) {
                    lines.event(new NumberedEvent(i, TEXT));
                }
                return lines.flush();
            });
            new Thread(lost).start();
            assertEquals(0L, Exported.number(first.readLine()));
            first.close();
            assertTrue(lost.get() > 0, "the pipe took everything");

            try (BufferedReader second = reader(pipe)) {
                FutureTask<Integer> later = new FutureTask<>(() -> {
                    lines.event(NumberedEvent.of(1000));
                    int more = lines.flush();
                    lines.closed();
                    return more;
                });
                new Thread(later).start();
                String before = second.readLine();
                String line = before;
                for (String next = line; next != null; next = second.readLine()) {
                    // The first line may have begun at the reader that is gone.
                    assertTrue(next == before || Exported.number(next) > 0);
                    line = next;
                }
                assertEquals(1000L, Exported.number(line));
                assertEquals(0, later.get());
            }
            assertFalse(log.messages().isEmpty());
        }
    }

    @Test
    void an_interruption_ends_a_write_that_blocks() throws Exception {
        Path pipe = fifo();
        try (LogLines log = new LogLines(); FileChannel sleeper = readerThatSleeps(pipe)) {
            JsonLines lines = new JsonLines(StreamOutput.fifo(pipe));
            FutureTask<Integer> writing = new FutureTask<>(() -> {
                for (int i = 0; i < 500; i++) {
                    lines.event(new NumberedEvent(i, TEXT));
                }
                int lost = lines.flush();
                lines.closed();
                return lost;
            });
            Thread writer = new Thread(writing);
            writer.start();
            while (!writing.isDone()) {
                Thread.sleep(5);
                writer.interrupt();
            }
            assertTrue(sleeper.isOpen());
            assertTrue(writing.get() > 400, writing.get() + " of 500 lost");
            assertEquals(2, log.messages().size(), log.messages().toString());
        }
    }

    private Path fifo() throws IOException, InterruptedException {
        Path pipe = directory.resolve("pipe");
        run("mkfifo", pipe.toString());
        return pipe;
    }

    /** Opening for reading waits for a writer, which is there already. */
    private static BufferedReader reader(Path pipe) throws IOException {
        return Exported.reader(pipe);
    }

    private static FileChannel readerThatSleeps(Path pipe) throws IOException {
        // Opened for both, because there is no writer yet.
        return FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assumeTrue(process.waitFor() == 0, () -> String.join(" ", command) + ": " + output);
    }

    /** A small disk; only root can mount one. */
    private record Tmpfs(Path path) implements AutoCloseable {
        static Tmpfs mount(Path path, String size) throws IOException, InterruptedException {
            Files.createDirectories(path);
            run("mount", "-t", "tmpfs", "-o", "size=" + size, "tetragon-test", path.toString());
            return new Tmpfs(path);
        }

        void grow(String size) throws IOException, InterruptedException {
            run("mount", "-o", "remount,size=" + size, path.toString());
        }

        @Override
        public void close() throws IOException {
            try {
                run("umount", path.toString());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
