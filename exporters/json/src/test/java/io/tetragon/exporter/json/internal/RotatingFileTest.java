// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RotatingFileTest {
    private static final String NAME = "tetragon.log";
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
    private static final long MEBIBYTE = 1 << 20;

    @TempDir
    Path directory;

    @Test
    void a_hundred_thousand_events_come_in_order_through_many_files() throws IOException {
        JsonLines lines = new JsonLines(file(new RotationPolicy(MEBIBYTE, Duration.ZERO, 0)));
        String text = "x".repeat(100);
        int lost = 0;
        for (int i = 0; i < 100_000; i++) {
            lines.event(new NumberedEvent(i, text));
            if (i % 777 == 0) {
                lost += lines.flush();
            }
        }
        lost += lines.flush();
        lines.closed();

        assertEquals(0, lost);
        assertEquals(numbers(0, 100_000), Exported.everything(directory, NAME));
        List<Path> backups = Exported.backups(directory, NAME);
        assertTrue(backups.size() >= 12, backups.toString());
        for (Path backup : backups) {
            assertTrue(Files.size(backup) <= MEBIBYTE, backup + " has " + Files.size(backup));
            assertTrue(Files.size(backup) > MEBIBYTE - 200, backup + " has " + Files.size(backup));
        }
    }

    @Test
    void a_line_that_just_fits_stays_and_one_byte_more_rotates() throws IOException {
        byte[] ten = bytes("123456789\n");
        RotatingFile file = file(new RotationPolicy(20, Duration.ZERO, 0));
        file.write(ten, 10);
        file.write(ten, 10);
        assertEquals(List.of(), Exported.backups(directory, NAME));
        file.write(bytes("\n"), 1);
        file.close();
        assertEquals(1, Exported.backups(directory, NAME).size());
        assertEquals(1, Files.size(directory.resolve(NAME)));
    }

    @Test
    void a_line_longer_than_the_limit_gets_a_file_of_its_own() throws IOException {
        RotatingFile file = file(new RotationPolicy(20, Duration.ZERO, 0));
        byte[] lines = bytes("short\n" + "l".repeat(50) + "\n" + "short\n");
        assertEquals(lines.length, file.write(lines, lines.length));
        file.close();
        List<Path> backups = Exported.backups(directory, NAME);
        assertEquals(2, backups.size());
        assertEquals(6, Files.size(backups.get(0)));
        assertEquals(51, Files.size(backups.get(1)));
        assertEquals(6, Files.size(directory.resolve(NAME)));
    }

    @Test
    void rotations_within_a_millisecond_overwrite_nothing() throws IOException {
        JsonLines lines = new JsonLines(file(new RotationPolicy(1, Duration.ZERO, 0)));
        for (int i = 0; i < 300; i++) {
            lines.event(NumberedEvent.of(i));
        }
        assertEquals(0, lines.flush());
        lines.closed();
        assertEquals(299, Exported.backups(directory, NAME).size());
        assertEquals(numbers(0, 300), Exported.everything(directory, NAME));
    }

    @Test
    void the_size_of_a_file_that_was_there_counts() throws IOException {
        Files.writeString(directory.resolve(NAME), "x".repeat(15) + "\n");
        RotatingFile file = file(new RotationPolicy(20, Duration.ZERO, 0));
        file.write(bytes("12345\n"), 6);
        file.close();
        assertEquals(1, Exported.backups(directory, NAME).size());
        assertEquals("12345\n", Files.readString(directory.resolve(NAME)));
    }

    @Test
    void half_a_line_that_was_there_is_ended_first() throws IOException {
        Files.writeString(directory.resolve(NAME), "{\"process_ex");
        RotatingFile file = file(unlimited());
        file.write(bytes("{}\n"), 3);
        file.close();
        assertEquals("{\"process_ex\n{}\n", Files.readString(directory.resolve(NAME)));
    }

    @Test
    void rotation_on_demand_leaves_an_empty_file_alone() throws IOException {
        RotatingFile file = file(unlimited());
        file.rotate();
        assertEquals(List.of(), Exported.backups(directory, NAME));
        file.write(bytes("{}\n"), 3);
        file.rotate();
        file.rotate();
        assertEquals(1, Exported.backups(directory, NAME).size());
        file.close();
        file.rotate();
        assertEquals(1, Exported.backups(directory, NAME).size());
    }

    @Test
    void the_policy_changes_while_it_runs() throws IOException {
        RotatingFile file = file(unlimited());
        file.write(bytes("12345\n"), 6);
        file.policy(new RotationPolicy(6, Duration.ZERO, 0));
        file.write(bytes("12345\n"), 6);
        file.close();
        assertEquals(1, Exported.backups(directory, NAME).size());
    }

    @Test
    void the_timer_rotates_while_no_events_come() throws Exception {
        RotatingFile file = file(unlimited());
        CountDownLatch rotated = new CountDownLatch(2);
        try (RotationTimer timer = new RotationTimer(() -> {
            file.rotate();
            rotated.countDown();
        })) {
            file.write(bytes("{}\n"), 3);
            timer.every(Duration.ofMillis(5));
            rotated.await();
        }
        file.close();
        assertEquals(1, Exported.backups(directory, NAME).size());
    }

    @Test
    void rotation_by_another_thread_loses_nothing() throws Exception {
        RotatingFile file = file(new RotationPolicy(64 << 10, Duration.ZERO, 0));
        AtomicBoolean done = new AtomicBoolean();
        Thread rotating = new Thread(() -> {
            while (!done.get()) {
                file.rotate();
            }
        });
        rotating.start();
        JsonLines lines = new JsonLines(file);
        for (int i = 0; i < 2_000; i++) {
            lines.event(NumberedEvent.of(i));
            lines.flush();
        }
        done.set(true);
        rotating.join();
        lines.closed();
        assertEquals(numbers(0, 2_000), Exported.everything(directory, NAME));
    }

    @Test
    void a_renamed_file_is_left_and_a_new_one_begun() throws IOException {
        RotatingFile file = watchful();
        file.write(bytes("before\n"), 7);
        Files.move(directory.resolve(NAME), directory.resolve("moved"));
        file.write(bytes("behind\n"), 7);
        file.close();
        assertEquals("before\n", Files.readString(directory.resolve("moved")));
        assertEquals("behind\n", Files.readString(directory.resolve(NAME)));
    }

    @Test
    void a_deleted_file_and_directory_come_back() throws IOException {
        Path deep = directory.resolve("a/b");
        RotatingFile file = new RotatingFile(
                deep.resolve(NAME), OWNER, unlimited(), new Backups(deep.resolve(NAME), OWNER, false), 0);
        file.write(bytes("before\n"), 7);
        Files.delete(deep.resolve(NAME));
        Files.delete(deep);
        file.write(bytes("behind\n"), 7);
        file.close();
        assertEquals("behind\n", Files.readString(deep.resolve(NAME)));
    }

    @Test
    void a_file_that_was_emptied_is_filled_from_its_begin() throws IOException {
        RotatingFile file = watchful();
        file.write(bytes("before\n"), 7);
        Files.write(directory.resolve(NAME), new byte[0], StandardOpenOption.TRUNCATE_EXISTING);
        file.write(bytes("behind\n"), 7);
        file.close();
        assertEquals("behind\n", Files.readString(directory.resolve(NAME)));
    }

    @Test
    void a_file_of_somebody_else_is_not_renamed_by_rotation() throws IOException {
        RotatingFile file = new RotatingFile(
                directory.resolve(NAME), OWNER, new RotationPolicy(8, Duration.ZERO, 0), backups(), Long.MAX_VALUE);
        file.write(bytes("before\n"), 7);
        Files.move(directory.resolve(NAME), directory.resolve("moved"));
        Files.writeString(directory.resolve(NAME), "new\n");
        file.write(bytes("x\n"), 2);
        file.close();
        assertEquals("new\nx\n", Files.readString(directory.resolve(NAME)));
        assertEquals(1, Exported.backups(directory, NAME).size());
    }

    @Test
    void the_mode_is_set_on_new_and_existing_files() throws IOException, TetragonException {
        Path existing = directory.resolve(NAME);
        Files.writeString(existing, "");
        Files.setPosixFilePermissions(existing, PosixFilePermissions.fromString("rwxrwxrwx"));
        Set<PosixFilePermission> mode = FilePermissions.parse("666");
        RotatingFile file = new RotatingFile(
                existing, mode, new RotationPolicy(1, Duration.ZERO, 0), new Backups(existing, mode, false));
        assertEquals(mode, Files.getPosixFilePermissions(existing));
        file.write(bytes("a\nb\n"), 4);
        file.close();
        assertEquals(mode, Files.getPosixFilePermissions(existing));
        assertEquals(mode, Files.getPosixFilePermissions(Exported.backups(directory, NAME).get(0)));
    }

    @Test
    void an_interrupted_thread_writes_all_the_same() throws IOException {
        JsonLines lines = new JsonLines(file(unlimited()));
        lines.event(NumberedEvent.of(0));
        Thread.currentThread().interrupt();
        assertEquals(0, lines.flush());
        lines.event(NumberedEvent.of(1));
        lines.closed();
        assertTrue(Thread.interrupted(), "the interruption belongs to the caller");
        assertEquals(numbers(0, 2), Exported.numbers(directory.resolve(NAME)));
    }

    @Test
    void a_thread_that_is_interrupted_at_any_moment_loses_and_doubles_nothing() throws Exception {
        JsonLines lines = new JsonLines(file(new RotationPolicy(MEBIBYTE, Duration.ZERO, 0)));
        FutureTask<Integer> lost = new FutureTask<>(() -> {
            int sum = 0;
            for (int i = 0; i < 5_000; i++) {
                lines.event(NumberedEvent.of(i));
                sum += lines.flush();
            }
            lines.closed();
            return sum;
        });
        Thread writing = new Thread(lost);
        writing.start();
        while (writing.isAlive()) {
            writing.interrupt();
            Thread.onSpinWait();
        }
        assertEquals(0, lost.get());
        assertEquals(numbers(0, 5_000), Exported.everything(directory, NAME));
    }

    @Test
    void what_is_buffered_is_written_when_it_closes() throws IOException {
        JsonLines lines = new JsonLines(file(unlimited()));
        lines.event(NumberedEvent.of(0));
        lines.closed();
        assertEquals(numbers(0, 1), Exported.numbers(directory.resolve(NAME)));
    }

    @Test
    void an_event_that_cannot_be_encoded_leaves_no_trace() throws IOException {
        JsonLines lines = new JsonLines(file(unlimited()));
        try (LogLines log = new LogLines()) {
            lines.event(NumberedEvent.of(0));
            assertThrows(IOException.class, () -> lines.event(NumberedEvent.of(-1)));
            assertThrows(IOException.class, () -> lines.event(NumberedEvent.of(-1)));
            assertEquals(1, log.messages().size());
        }
        lines.event(NumberedEvent.of(1));
        lines.closed();
        assertEquals(numbers(0, 2), Exported.numbers(directory.resolve(NAME)));
    }

    @Test
    void a_giant_event_is_a_whole_line() throws IOException {
        JsonLines lines = new JsonLines(file(unlimited()));
        lines.event(new NumberedEvent(0, "\u0001".repeat(300_000)));
        lines.event(new NumberedEvent(1, "line\nend"));
        lines.closed();
        assertEquals(numbers(0, 2), Exported.numbers(directory.resolve(NAME)));
    }

    private RotatingFile file(RotationPolicy policy) throws IOException {
        return new RotatingFile(directory.resolve(NAME), OWNER, policy, backups());
    }

    /** A file that looks at every write whether it is still in its place. */
    private RotatingFile watchful() throws IOException {
        return new RotatingFile(directory.resolve(NAME), OWNER, unlimited(), backups(), 0);
    }

    private Backups backups() {
        return new Backups(directory.resolve(NAME), OWNER, false);
    }

    private static RotationPolicy unlimited() {
        return new RotationPolicy(Long.MAX_VALUE, Duration.ZERO, 0);
    }

    private static List<Long> numbers(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
