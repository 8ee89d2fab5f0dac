// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.tetragon.cli.internal.CliException;
import io.tetragon.proto.GetEventsResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads an export file: one JSON event per line. Fields this version does not know are dropped,
 * lines that are no event are skipped and counted.
 */
public final class JsonLines {
    /** A longer line is no event: the agent bounds arguments far below. */
    private static final int MAX_LINE = 16 << 20;

    private final InputStream in;
    private final JsonFormat.Parser parser = JsonFormat.parser().ignoringUnknownFields();
    private final byte[] chunk = new byte[1 << 16];
    private long skipped;

    /**
     * @param in not buffered; not closed here
     */
    public JsonLines(InputStream in) {
        this.in = in;
    }

    /** Lines that were not blank and not an event, up to now. */
    public long skipped() {
        return skipped;
    }

    /** Whether nothing can be read now without waiting; time to flush the output. */
    public interface Pause {
        void onPause() throws IOException;
    }

    /**
     * Feeds every event to the sink, until the input ends.
     *
     * @param pause called whenever what has been read so far is dealt with
     */
    public void forEach(EventSink sink, Pause pause) throws CliException, IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        boolean tooLong = false;
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            int start = 0;
            for (int i = 0; i < n; i++) {
                if (chunk[i] != '\n') {
                    continue;
                }
                line.write(chunk, start, i - start);
                start = i + 1;
                accept(line, tooLong, sink);
                tooLong = false;
            }
            line.write(chunk, start, n - start);
            if (line.size() > MAX_LINE) {
                tooLong = true;
                line.reset();
            }
            pause.onPause();
        }
        accept(line, tooLong, sink);
        pause.onPause();
    }

    private void accept(ByteArrayOutputStream bytes, boolean tooLong, EventSink sink)
            throws CliException, IOException {
        String line = bytes.toString(StandardCharsets.UTF_8);
        bytes.reset();
        if (line.isBlank() && !tooLong) {
            return;
        }
        // The parser is lenient: it would take a line that is only a comment for an empty event.
        if (tooLong || !line.stripLeading().startsWith("{")) {
            skipped++;
            return;
        }
        GetEventsResponse.Builder event = GetEventsResponse.newBuilder();
        try {
            parser.merge(line, event);
        } catch (InvalidProtocolBufferException notAnEvent) {
            skipped++;
            return;
        }
        sink.accept(event.build());
    }
}
