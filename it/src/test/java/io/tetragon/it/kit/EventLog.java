// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * The export file of a running agent, read as it grows. A position in it ({@link #mark()}) separates what a test did
 * from what was before. For one thread at a time.
 */
public final class EventLog {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CHUNK = 1 << 20;

    private final Path file;
    private final Runnable failIfDead;
    private final List<Event> events = new ArrayList<>();
    private final ByteArrayOutputStream partialLine = new ByteArrayOutputStream();
    private long position;
    private boolean silent;

    EventLog(Path file, Runnable failIfDead) {
        this.file = file;
        this.failIfDead = failIfDead;
    }

    /** The number of events so far: what comes later has this number or a higher one. */
    public int mark() {
        refresh();
        return events.size();
    }

    /** All events from {@code mark} on that are in the file now. */
    public List<Event> since(int mark) {
        refresh();
        return List.copyOf(events.subList(mark, events.size()));
    }

    /**
     * Waits until the events from {@code mark} on satisfy {@code condition}, looking again only when the file has
     * grown. False once {@link Timeouts#event()} has passed; an error at once if the agent is gone.
     */
    public boolean await(int mark, Predicate<List<Event>> condition) {
        return await(Timeouts.event(), mark, condition);
    }

    /** The same with another limit. */
    public boolean await(Duration limit, int mark, Predicate<List<Event>> condition) {
        int[] seen = {-1};
        return Timeouts.await(limit, () -> {
            failIfDead.run();
            refresh();
            if (events.size() == seen[0]) {
                return false;
            }
            seen[0] = events.size();
            return condition.test(since(mark));
        });
    }

    /**
     * Returns when everything that ended before this call is in the file. The ring keeps the order of its records,
     * so the exit of a process started now comes after all of them. Events that the agent holds back because they
     * lack information are the exception: they come when they come. Once this has failed it fails at once: an agent
     * that delivers nothing more should not cost every further test its whole patience.
     */
    public void barrier() {
        requireDelivery();
        int mark = mark();
        String token = UUID.randomUUID().toString();
        Launch.of("/bin/true", token).run();
        boolean passed = await(mark, list -> list.stream()
                .anyMatch(event -> event.type().equals("process_exit")
                        && event.at("process.arguments").asText("").equals(token)));
        if (!passed) {
            silent = true;
            throw new AssertionError("the exit of a process started after the action did not appear within "
                    + Timeouts.event() + "; events since then:\n" + summary(since(mark)));
        }
    }

    /** Fails at once if a barrier has failed before. */
    public void requireDelivery() {
        if (silent) {
            throw new AssertionError("this agent stopped delivering events in an earlier test");
        }
    }

    /** The events one to a line, for a failure message. */
    public static String summary(List<Event> events) {
        StringBuilder text = new StringBuilder();
        for (Event event : events) {
            text.append("  ").append(event.summary()).append('\n');
        }
        return text.isEmpty() ? "  (none)\n" : text.toString();
    }

    private void refresh() {
        if (!Files.exists(file)) {
            return;
        }
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            in.seek(position);
            byte[] chunk = new byte[CHUNK];
            int n;
            while ((n = in.read(chunk)) > 0) {
                position += n;
                append(chunk, n);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void append(byte[] chunk, int length) throws JsonProcessingException {
        int start = 0;
        for (int i = 0; i < length; i++) {
            if (chunk[i] == '\n') {
                partialLine.write(chunk, start, i - start);
                String line = partialLine.toString(StandardCharsets.UTF_8);
                partialLine.reset();
                start = i + 1;
                events.add(new Event(events.size(), JSON.readTree(line)));
            }
        }
        partialLine.write(chunk, start, length - start);
    }
}
