// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.NativeFunction;
import io.tetragon.bpf.internal.OpenState;
import io.tetragon.bpf.internal.Scratch;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An exclusive lock on a directory, also of file systems that hold no regular files. It follows the directory when that is
 * renamed, and ends with the process at the latest. Safe for concurrent use.
 */
public final class DirectoryLock implements AutoCloseable {
    private static final int O_DIRECTORY_NOFOLLOW_CLOEXEC = 0x80000
            | ("aarch64".equals(System.getProperty("os.arch")) ? 0x4000 | 0x8000 : 0x10000 | 0x20000);
    private static final int LOCK_EX_NB = 6;
    private static final int EAGAIN = 11;

    private final OpenState state;
    private final int fd;

    private DirectoryLock(Path directory, int fd) {
        this.state = new OpenState("lock of " + directory);
        this.fd = fd;
    }

    /**
     * Locks.
     *
     * @return empty when another process, or another lock of this one, has it
     * @throws BpfException when the path is no directory or cannot be opened
     */
    public static Optional<DirectoryLock> tryLock(Path directory) {
        try (Scratch scratch = new Scratch()) {
            int fd = (int) Libc.call("open", scratch.string(directory.toString()), O_DIRECTORY_NOFOLLOW_CLOEXEC, 0);
            if (fd < 0) {
                throw Errors.of("open the directory " + directory, NativeFunction.errno());
            }
            if (Libc.call("flock", fd, LOCK_EX_NB) == 0) {
                return Optional.of(new DirectoryLock(directory, fd));
            }
            int errno = NativeFunction.errno();
            Libc.close(fd);
            if (errno == EAGAIN) {
                return Optional.empty();
            }
            throw Errors.of("lock the directory " + directory, errno);
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() {
        state.close(() -> Libc.close(fd));
    }
}
