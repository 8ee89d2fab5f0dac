// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketFileTest {
    @TempDir
    Path directory;

    @Test
    void theSocketIsBoundWhereNobodyElseCanReachIt() throws Exception {
        Path path = directory.resolve("a.sock");
        try (UnixSocketFile file = new UnixSocketFile(path);
                ServerSocketChannel server = file.bind(address -> {
                    Path hidden = Objects.requireNonNull(address.getPath().getParent());
                    assertEquals("rwx------", mode(hidden));
                    assertFalse(Files.exists(path));
                    return listen(address);
                })) {
            assertTrue(server.isOpen());
            assertEquals("rw-rw----", mode(path));
            assertEquals(List.of(path), files());
        }
        assertEquals(List.of(), files());
    }

    @Test
    void aServerThatCannotBindLeavesNothingBehind() throws Exception {
        TetragonException failure = new TetragonException(TetragonException.Kind.INTERNAL, "bind", "no", "");
        try (UnixSocketFile file = new UnixSocketFile(directory.resolve("a.sock"))) {
            assertEquals(failure, assertThrows(TetragonException.class, () -> file.bind(address -> {
                throw failure;
            })));
        }
        assertEquals(List.of(), files());
    }

    @Test
    void aDirectoryThatCannotBeMadeIsAnErrorWithThePath() throws Exception {
        Path blocked = Files.createFile(directory.resolve("file"));
        try (UnixSocketFile file = new UnixSocketFile(blocked.resolve("a.sock"))) {
            TetragonException failure =
                    assertThrows(TetragonException.class, () -> file.bind(UnixSocketFileTest::listen));
            assertTrue(failure.getMessage().contains(blocked + "/a.sock"), failure.getMessage());
        }
    }

    private static ServerSocketChannel listen(UnixDomainSocketAddress address) {
        try {
            return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String mode(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
