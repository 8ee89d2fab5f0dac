// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportPathTest {
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");
    private static final int NOBODY = 65534;

    @TempDir
    Path directory;

    private Path shared;

    @BeforeEach
    void shareDirectory() throws IOException {
        shared = Files.createDirectory(directory.resolve("shared"));
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    @Test
    void links_are_followed_also_to_files_that_are_not_there_yet() throws IOException {
        Path real = directory.resolve("real.log");
        Files.createSymbolicLink(directory.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(directory.resolve("b"), real);
        assertEquals(real, ExportPath.find(directory.resolve("a")).path());
        assertNull(ExportPath.find(directory.resolve("a")).stat());
        Files.writeString(real, "");
        assertNotNull(ExportPath.find(directory.resolve("a")).stat());
    }

    @Test
    void a_linked_file_rotates_beside_itself_and_the_link_stays() throws IOException {
        Path store = Files.createDirectory(directory.resolve("store"));
        Path link = Files.createSymbolicLink(directory.resolve("tetragon.log"), store.resolve("real.log"));
        RotatingFile file = new RotatingFile(
                link,
                OWNER,
                new RotationPolicy(1, Duration.ZERO, 0),
                new Backups(ExportPath.find(link).path(), OWNER, false));
        file.write(new byte[] {'a', '\n', 'b', '\n'}, 4);
        file.close();
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("b\n", Files.readString(link));
        assertEquals(1, Exported.backups(store, "real.log").size());
    }

    @Test
    void a_link_to_itself_is_an_error() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("link"));
        assertThrows(FileSystemException.class, () -> ExportPath.find(link));
    }

    @Test
    void a_link_of_another_user_in_a_shared_directory_is_refused() throws IOException {
        Path link = Files.createSymbolicLink(shared.resolve("tetragon.log"), directory.resolve("shadow"));
        assertNull(ExportPath.find(link).stat(), "a link of our own is followed");
        give(link);
        FileSystemException e = assertThrows(FileSystemException.class, () -> ExportPath.find(link));
        assertTrue(e.getMessage().contains("another user"), e.getMessage());
    }

    @Test
    void a_file_of_another_user_in_a_shared_directory_is_refused() throws IOException {
        Path file = Files.writeString(shared.resolve("tetragon.log"), "");
        assertNotNull(ExportPath.find(file).stat());
        give(file);
        assertThrows(FileSystemException.class, () -> ExportPath.find(file));
    }

    @Test
    void a_file_with_a_second_name_in_a_shared_directory_is_refused() throws IOException {
        Path shadow = Files.writeString(directory.resolve("shadow"), "");
        Path file = Files.createLink(shared.resolve("tetragon.log"), shadow);
        FileSystemException e = assertThrows(FileSystemException.class, () -> ExportPath.find(file));
        assertTrue(e.getMessage().contains("second name"), e.getMessage());
        Path own = Files.createLink(directory.resolve("tetragon.log"), shadow);
        assertNotNull(ExportPath.find(own).stat(), "names in a directory of our own are our own business");
    }

    @Test
    void directories_and_sockets_are_refused_with_the_reason() throws IOException {
        FileSystemException e = assertThrows(FileSystemException.class, () -> ExportPath.find(directory));
        assertEquals("is a directory", e.getReason());
        Path path = directory.resolve("socket");
        try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.bind(UnixDomainSocketAddress.of(path));
            assertThrows(FileSystemException.class, () -> ExportPath.find(path));
        }
    }

    @Test
    void the_standard_outputs_are_known_by_their_names() {
        assertNotNull(StreamOutput.standard(Path.of("/dev/stdout")));
        assertNotNull(StreamOutput.standard(Path.of("/dev/stderr")));
        assertNotNull(StreamOutput.standard(Path.of("/proc/self/fd/1")));
        assertNull(StreamOutput.standard(Path.of("/var/log/tetragon.log")));
    }

    private static void give(Path path) throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can give files away");
        Files.setAttribute(path, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
    }
}
