// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import io.tetragon.api.log.Log;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A pipe, a character device, or the standard output or error of the agent: nothing to rotate, nothing to cut back. The rest
 * of a line that was cut off by a failure is written before anything else, so that a reader sees whole lines only.
 *
 * <p>Writing blocks while a reader is behind; what does not fit into the queue of the subscription meanwhile is lost there.
 * Interrupting the thread ends the write and closes the output. A pipe without a reader loses its events, counted, until there is one.
 */
final class StreamOutput implements Output {
    private static final byte[] NOTHING = {};

    private final FileChannel channel;
    private final boolean owned;
    private final Transfer transfer = new Transfer();
    private final Trouble trouble;
    private byte[] rest = NOTHING;

    private StreamOutput(FileChannel channel, boolean owned, Path path) {
        this.channel = channel;
        this.owned = owned;
        trouble = new Trouble(Log.of(JsonExporter.class), path);
    }

    /** Returns the agent's own output that a name stands for, null for other names: a socket there cannot be opened by name. */
    static @Nullable StreamOutput standard(Path name) {
        FileDescriptor descriptor =
                switch (name.toString()) {
                    case "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1" -> FileDescriptor.out;
                    case "/dev/stderr", "/dev/fd/2", "/proc/self/fd/2" -> FileDescriptor.err;
                    default -> null;
                };
        return descriptor == null ? null : standard(descriptor, name);
    }

    @SuppressWarnings("resource") // closing it would close the agent's output
    private static StreamOutput standard(FileDescriptor descriptor, Path name) {
        return new StreamOutput(new FileOutputStream(descriptor).getChannel(), false, name);
    }

    /** Opens a pipe, whether it has a reader or not. */
    static StreamOutput fifo(Path path) throws IOException {
        // Opening for writing alone would wait for a reader; one of our own is there just long enough.
        FileChannel reader = FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        try {
            return device(path);
        } finally {
            reader.close();
        }
    }

    /** Opens a character device. */
    static StreamOutput device(Path path) throws IOException {
        return new StreamOutput(
                FileChannel.open(path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS), true, path);
    }

    @Override
    public int write(byte[] lines, int length) {
        if (!writeRest()) {
            trouble.failed(transfer.failure(), Lines.count(lines, 0, length));
            return 0;
        }
        int written = transfer.write(channel, lines, 0, length);
        if (written == length) {
            trouble.worked();
            return length;
        }
        int whole = Lines.lastEnd(lines, 0, written);
        if (whole < written) {
            // Its end comes first whenever anything can be written again: the line counts as delivered.
            whole = Lines.firstEnd(lines, written, length);
            rest = Arrays.copyOfRange(lines, written, whole);
        }
        trouble.failed(transfer.failure(), Lines.count(lines, whole, length));
        return whole;
    }

    @Override
    public void close() {
        trouble.ended(!writeRest() ? "the last line is cut off" : null);
        if (owned) {
            closeChannel();
        }
    }

    private boolean writeRest() {
        if (rest.length == 0) {
            return true;
        }
        int written = transfer.write(channel, rest, 0, rest.length);
        rest = written == rest.length ? NOTHING : Arrays.copyOfRange(rest, written, rest.length);
        return rest.length == 0;
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (IOException e) {
            Log.of(JsonExporter.class).warn("cannot close the export", "reason", Trouble.reason(e));
        }
    }
}
