// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of a Unix domain socket, which nobody but owner and group can open at any instant. bind() creates the file with
 * the rights that the umask leaves, and Java has no umask: so the socket is bound in a directory of mode 0700, gets its mode
 * there, and is then renamed to its place. The rename replaces a file that a dead agent left; one that somebody listens on,
 * or that is no socket, stays and is an error.
 */
final class UnixSocketFile implements AutoCloseable {
    /** Binds a server to an address. */
    @FunctionalInterface
    interface Binder<T> {
        T bind(UnixDomainSocketAddress address) throws TetragonException;
    }

    private static final Log LOG = Log.of(UnixSocketFile.class);
    private static final Set<PosixFilePermission> SOCKET_MODE = PosixFilePermissions.fromString("rw-rw----");
    private static final Set<PosixFilePermission> HIDDEN_MODE = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> DIRECTORY_MODE = PosixFilePermissions.fromString("rwxr-xr-x");

    private final Path path;
    private @Nullable Object identity;

    UnixSocketFile(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /**
     * Binds a server and puts its socket in place.
     *
     * @throws TetragonException if the socket is in use or cannot be created; the caller closes what was bound
     */
    <T> T bind(Binder<T> binder) throws TetragonException {
        try {
            Path parent = Objects.requireNonNull(path.toAbsolutePath().getParent());
            Files.createDirectories(parent, PosixFilePermissions.asFileAttribute(DIRECTORY_MODE));
            refuseIfTaken();
            Path directory = Files.createTempDirectory(
                    parent, ".s", PosixFilePermissions.asFileAttribute(HIDDEN_MODE));
            Path socket = directory.resolve("s");
            try {
                T bound = binder.bind(UnixDomainSocketAddress.of(socket));
                Files.setPosixFilePermissions(socket, SOCKET_MODE);
                Files.move(socket, path, StandardCopyOption.ATOMIC_MOVE);
                identity = identity();
                return bound;
            } finally {
                Files.deleteIfExists(socket);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new TetragonException(
                    TetragonException.Kind.FAILED_PRECONDITION, "listen on " + path, reason(e), "check the directory", e);
        }
    }

    private void refuseIfTaken() throws IOException, TetragonException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        // File type bits of st_mode: S_IFMT and S_IFSOCK.
        int mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & 0170000) != 0140000) {
            throw taken("there is a file that is no socket", "move it away");
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (SocketException e) {
            LOG.debug("replacing a socket that nobody listens on", "path", path);
            return;
        }
        throw taken("another process listens on it", "stop that process");
    }

    private TetragonException taken(String why, String remedy) {
        return new TetragonException(TetragonException.Kind.ALREADY_EXISTS, "listen on " + path, why, remedy);
    }

    private @Nullable Object identity() throws IOException {
        try {
            return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Removes the file, unless it is meanwhile another's. */
    @Override
    public void close() {
        Object own = identity;
        identity = null;
        try {
            if (own != null && own.equals(identity())) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            LOG.warn("cannot remove the socket", "path", path, "reason", reason(e));
        }
    }

    private static String reason(IOException e) {
        return e.getClass().getSimpleName() + " " + e.getMessage();
    }
}
