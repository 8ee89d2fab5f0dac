// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Writes arrays to a channel through one direct buffer, so that a burst is one system call and no garbage. Used by one
 * thread at a time.
 */
final class Transfer {
    /** Holds a whole burst: one that is written early, and a line of common length behind it. */
    static final int CAPACITY = 256 << 10;

    /** A standard output that somebody made non-blocking takes nothing while its reader is behind. */
    private static final long REFUSED_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int REFUSED_LIMIT = 1000;

    private final ByteBuffer direct = ByteBuffer.allocateDirect(CAPACITY);
    private @Nullable IOException failure;

    /**
     * Writes a part of an array.
     *
     * @return bytes written; if they are fewer than asked for, {@link #failure} tells why
     */
    int write(FileChannel channel, byte[] bytes, int from, int to) {
        failure = null;
        int done = from;
        try {
            while (done < to) {
                int chunk = Math.min(direct.capacity(), to - done);
                direct.clear().put(bytes, done, chunk).flip();
                done = drain(channel, done);
            }
        } catch (IOException e) {
            // What the channel took of a chunk before it failed has left the buffer.
            done += direct.position();
            failure = e;
        }
        return done - from;
    }

    /** Returns why the last write was short. */
    IOException failure() {
        IOException reason = failure;
        return reason == null ? new IOException("short write") : reason;
    }

    private int drain(FileChannel channel, int done) throws IOException {
        int refused = 0;
        while (direct.hasRemaining()) {
            if (channel.write(direct) > 0) {
                refused = 0;
            } else if (++refused < REFUSED_LIMIT) {
                LockSupport.parkNanos(REFUSED_PAUSE_NANOS);
            } else {
                throw new IOException("the reader does not take any more");
            }
        }
        return done + direct.limit();
    }
}
