// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.listener.EventListener;
import io.tetragon.api.log.Log;
import java.io.IOException;

/**
 * Encodes events behind each other and hands them to an output in bursts: what the queue holds at a moment is one write.
 * Nothing is allocated per event.
 */
final class JsonLines implements EventListener {
    /** A burst is written early at this size; a line of common length behind it still fits the buffer of the transfer. */
    private static final int EARLY = Transfer.CAPACITY - (64 << 10);

    /** A writer that a giant event made larger than this is given back. */
    private static final int KEPT = 4 * Transfer.CAPACITY;

    private final Output output;
    private JsonWriter burst = new JsonWriter(Transfer.CAPACITY);
    private int lost;
    private boolean encodingFailed;

    JsonLines(Output output) {
        this.output = output;
    }

    @Override
    public void event(Event event) throws IOException {
        int mark = burst.length();
        try {
            event.writeJson(burst);
            burst.put((byte) '\n');
        } catch (RuntimeException e) {
            burst.truncate(mark);
            if (!encodingFailed) {
                encodingFailed = true;
                Log.of(JsonExporter.class).defect(e, "an event cannot be encoded; further ones are only counted",
                        "type", event.type());
            }
            throw new IOException("event " + event.type() + " cannot be encoded", e);
        }
        if (burst.length() >= EARLY) {
            write();
        }
    }

    @Override
    public int flush() {
        write();
        int unreported = lost;
        lost = 0;
        return unreported;
    }

    @Override
    public void closed() {
        write();
        output.close();
    }

    private void write() {
        int length = burst.length();
        if (length == 0) {
            return;
        }
        byte[] lines = burst.array();
        int delivered = output.write(lines, length);
        if (delivered < length) {
            lost += Lines.count(lines, delivered, length);
        }
        if (lines.length > KEPT) {
            burst = new JsonWriter(Transfer.CAPACITY);
        } else {
            burst.truncate(0);
        }
    }
}
