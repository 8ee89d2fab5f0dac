// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.events;

import com.google.protobuf.ByteString;
import io.tetragon.cli.internal.CliException;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.KprobeArgument;
import io.tetragon.proto.ProcessKprobe;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes events in one of the output forms. Buffered: the caller says when to flush. */
public final class EventOutput implements EventSink {
    private static final int BUFFER = 1 << 16;

    private interface Form {
        void write(GetEventsResponse event, OutputStream out) throws CliException, IOException;
    }

    private final Form form;
    private final BufferedOutputStream out;

    private EventOutput(Form form, OutputStream out) {
        this.form = form;
        this.out = new BufferedOutputStream(out, BUFFER);
    }

    /** One JSON object per line, as in the export file. */
    public static EventOutput json(OutputStream out) {
        StringBuilder line = new StringBuilder(4096);
        return new EventOutput(
                (event, to) -> {
                    line.setLength(0);
                    EventJson.write(event, line);
                    to.write(line.append('\n').toString().getBytes(StandardCharsets.UTF_8));
                },
                out);
    }

    /** Lines for people. */
    public static EventOutput compact(CompactPrinter printer, OutputStream out) {
        StringBuilder lines = new StringBuilder();
        return new EventOutput(
                (event, to) -> {
                    lines.setLength(0);
                    printer.print(event, lines);
                    to.write(lines.toString().getBytes(StandardCharsets.UTF_8));
                },
                out);
    }

    /** The bytes written to the terminal with this path, and nothing else. */
    public static EventOutput tty(String path, OutputStream out) {
        return new EventOutput((event, to) -> written(event, path).writeTo(to), out);
    }

    private static ByteString written(GetEventsResponse event, String path) {
        ProcessKprobe call = event.getProcessKprobe();
        if (call.getArgsCount() < 2 || !call.getArgs(0).getFileArg().getPath().equals(path)) {
            return ByteString.EMPTY;
        }
        KprobeArgument data = call.getArgs(1);
        return switch (data.getArgCase()) {
            case BYTES_ARG -> data.getBytesArg();
            case TRUNCATED_BYTES_ARG -> data.getTruncatedBytesArg().getBytesArg();
            case STRING_ARG -> data.getStringArgBytes();
            default -> ByteString.EMPTY;
        };
    }

    @Override
    public void accept(GetEventsResponse event) throws CliException, IOException {
        form.write(event, out);
    }

    /** Hands everything to the reader. */
    public void flush() throws IOException {
        out.flush();
    }
}
