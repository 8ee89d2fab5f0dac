// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.NativeFunction;
import io.tetragon.bpf.internal.OpenState;
import io.tetragon.bpf.internal.Scratch;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A file that was found but not opened yet, and that stays the same whatever happens to its path. Opening can have effects
 * of its own, on devices and pipes, so whoever follows a stranger's path looks at what it found first.
 *
 * <p>Safe for use by any thread.
 */
public final class FoundFile implements AutoCloseable {
    private static final int OPENAT2 = 437;
    private static final int AT_FDCWD = -100;
    private static final long PATH_ONLY = 0x20_0000;
    private static final long CLOSE_ON_EXEC = 0x8_0000;
    private static final long NO_MAGIC_LINKS = 0x02;
    private static final long NO_LINKS = 0x04;
    private static final long IN_ROOT = 0x10;

    private final OpenState state = new OpenState("found file");
    private final int fd;

    private FoundFile(int fd) {
        this.fd = fd;
    }

    /**
     * Finds a file by its path, links followed.
     *
     * @throws IOException if there is none, or it cannot be reached
     */
    public static FoundFile at(String path) throws IOException {
        try (Scratch scratch = new Scratch()) {
            return new FoundFile(find(scratch, AT_FDCWD, scratch.string(path), 0));
        }
    }

    /**
     * Finds a file below this folder, as a process would whose root the folder is: {@code ..} does not leave it. A path
     * with a link in it is refused. Needs Linux 5.6.
     *
     * @param path in the bytes of the file system, without NUL
     * @throws IOException if there is none, or it cannot be reached
     */
    public FoundFile below(byte[] path) throws IOException {
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            long terminated = scratch.zeroed(path.length + 1L);
            Scratch.MEMORY.putByteArray(terminated, path, 0, path.length);
            return new FoundFile(find(scratch, fd, terminated, NO_LINKS | NO_MAGIC_LINKS | IN_ROOT));
        } finally {
            state.leave(stamp);
        }
    }

    private static int find(Scratch scratch, int folder, long path, long resolve) throws IOException {
        long how = scratch.longs(new long[] {PATH_ONLY | CLOSE_ON_EXEC, 0, resolve});
        int fd = (int) Libc.call("syscall", OPENAT2, folder, path, how, 3L * Long.BYTES);
        if (fd < 0) {
            int errno = NativeFunction.errno();
            throw new IOException("cannot find file: " + Errors.text(errno) + " (" + Errors.name(errno) + ")");
        }
        return fd;
    }

    /** Returns a path that leads to the very file as long as this is open, for looking at it and for opening it. */
    public Path path() {
        return Path.of("/proc/self/fd/" + fd);
    }

    @Override
    public void close() {
        state.close(() -> Libc.close(fd));
    }
}
