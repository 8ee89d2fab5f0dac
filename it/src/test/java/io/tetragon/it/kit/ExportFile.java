// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Consumer;

/** An agent's export file as plain lines: hundreds of thousands of events are too many to keep as trees. */
public final class ExportFile {
    private final Path file;

    public ExportFile(AgentProcess agent) {
        try {
            file = Path.of(new ObjectMapper()
                    .readTree(agent.runDir().resolve("tetragon-info.json").toFile())
                    .path("export_fname")
                    .asText());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its size in bytes: where the next event will be. */
    public long end() {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns where the file ends once everything that happened before this call is in it. */
    public long barrier() {
        String token = UUID.randomUUID().toString();
        long from = end();
        Launch.of("/bin/true", token).run();
        boolean[] found = {false};
        boolean passed = Timeouts.await(Timeouts.action(), () -> {
            lines(from, end(), line -> found[0] |= line.startsWith("{\"process_exit\"") && line.contains(token));
            return found[0];
        });
        if (!passed) {
            throw new AssertionError("no exit of a process started after " + from + " bytes of " + file);
        }
        return end();
    }

    /** Reads the lines between two positions; what is behind the last line end is left out. */
    public void lines(long from, long to, Consumer<String> reader) {
        try (FileChannel channel = FileChannel.open(file).position(from);
                InputStream in = Channels.newInputStream(channel);
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            long at = from;
            for (String line = lines.readLine(); line != null && at < to; line = lines.readLine()) {
                at += line.getBytes(StandardCharsets.UTF_8).length + 1;
                reader.accept(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
