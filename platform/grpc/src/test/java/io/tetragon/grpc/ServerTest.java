// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.tetragon.api.TetragonException;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetEventsRequest;
import io.tetragon.proto.GetVersionRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(300)
class ServerTest {
    @TempDir
    Path directory;

    @Test
    void theSocketIsForOwnerAndGroupAndGoesWithTheServer() throws Exception {
        Path runDirectory = directory.resolve("run/tetragon");
        try (Rig rig = new Rig(runDirectory)) {
            assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(rig.socket)));
            assertFalse(PosixFilePermissions.toString(Files.getPosixFilePermissions(runDirectory)).endsWith("w-"));
            assertEquals(List.of(rig.socket), files(runDirectory));
            assertEquals("unix://" + rig.socket, rig.server.clientAddress());
            assertEquals("v1.2.3", version(rig.unix()));
        }
        assertEquals(List.of(), files(runDirectory));
    }

    @Test
    void aSocketThatADeadAgentLeftIsReplaced() throws Exception {
        Path socket = directory.resolve("tetragon.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket)).close();
        assertTrue(Files.exists(socket), "Java leaves the file");
        try (Rig rig = new Rig(directory)) {
            assertEquals("v1.2.3", version(rig.unix()));
        }
    }

    @Test
    void aSocketThatAnotherAgentListensOnIsLeftAlone() throws Exception {
        try (Rig rig = new Rig(directory)) {
            TetragonException taken = assertThrows(TetragonException.class, () -> new Rig(directory));
            assertEquals(TetragonException.Kind.ALREADY_EXISTS, taken.kind());
            assertTrue(taken.getMessage().contains("another process listens on it"), taken.getMessage());
            assertEquals("v1.2.3", version(rig.unix()));
        }
    }

    @Test
    void aFileThatIsNoSocketIsLeftAlone() throws Exception {
        Path file = Files.writeString(directory.resolve("tetragon.sock"), "precious");
        TetragonException taken = assertThrows(TetragonException.class, () -> new Rig(directory));
        assertTrue(taken.getMessage().contains("a file that is no socket"), taken.getMessage());
        assertEquals("precious", Files.readString(file));
        assertEquals(List.of(file), files(directory));
    }

    @Test
    void aSocketThatIsReplacedByAnotherIsNotRemoved() throws Exception {
        Path socket;
        try (Rig rig = new Rig(directory)) {
            socket = rig.socket;
            Files.move(socket, directory.resolve("old"));
            Files.writeString(socket, "another's");
        }
        assertEquals("another's", Files.readString(socket));
    }

    @Test
    void aTcpPortThatIsTakenIsAnErrorAndNothingStaysOpen() throws Exception {
        try (Rig rig = new Rig(Files.createDirectory(directory.resolve("first")))) {
            InetSocketAddress address = rig.server.tcpAddress();
            assertNotNull(address);
            Path second = Files.createDirectory(directory.resolve("second"));
            GrpcConfig config = new GrpcConfig(
                    "unix://" + second.resolve("a.sock"), null, "localhost:" + address.getPort(), 10, 1);
            TetragonException taken = assertThrows(TetragonException.class,
                    () -> GrpcServer.start(config, rig.bus, rig.sensors, rig.policies, rig.containers, Rig.info()));
            assertEquals(TetragonException.Kind.FAILED_PRECONDITION, taken.kind());
            assertTrue(taken.getMessage().contains("Address already in use"), taken.getMessage());
            assertEquals(List.of(), files(second));
        }
    }

    @Test
    void aServerAddressMayBeTheSocketItself() throws Exception {
        Path socket = directory.resolve("tetragon.sock");
        MemoryBus bus = new MemoryBus();
        GrpcConfig config = new GrpcConfig("unix://" + socket, socket, "", 10, 1);
        try (GrpcServer server = GrpcServer.start(config, bus, new MemorySensors(), new MemoryPolicies(),
                new MemoryContainers(), Rig.info())) {
            assertEquals(List.of(socket), server.sockets());
            assertEquals(null, server.tcpAddress());
            assertEquals(null, server.healthAddress());
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', value = {
        "localhost:x            | no port in",
        "localhost:65536        | out of range",
        "localhost:             | no port in",
        "unix://relative/path   | not an absolute path",
        "unix:///               | not an absolute path",
        "no-such-host.invalid:1 | unknown host 'no-such-host.invalid'",
    })
    void anAddressThatMakesNoSenseIsAnErrorThatNamesTheFlag(String address, String why) {
        GrpcConfig config = new GrpcConfig(address, null, "", 10, 1);
        TetragonException error = assertThrows(TetragonException.class,
                () -> GrpcServer.start(config, new MemoryBus(), new MemorySensors(), new MemoryPolicies(), new MemoryContainers(), Rig.info()));
        assertTrue(error.getMessage().startsWith("flag server-address: "), error.getMessage());
        assertTrue(error.getMessage().contains(why), error.getMessage());
    }

    @Test
    void clientsThatComeAndGoLeaveNoThreadAndNoDescriptor() throws Exception {
        try (Rig rig = new Rig(directory)) {
            cycles(rig, 50);
            settle(rig);
            long threads = threads();
            long descriptors = descriptors();
            cycles(rig, 1000);
            settle(rig);
            Rig.eventually("threads end: " + threads, () -> threads() <= threads);
            Rig.eventually("descriptors are closed: " + descriptors, () -> descriptors() <= descriptors);
            assertEquals(1050, rig.bus.ended.size());
        }
        Rig.eventually("the server's threads end", () -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("grpc-") && thread.isAlive()
                        && !thread.getName().startsWith("grpc-default")));
    }

    private static void cycles(Rig rig, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            ManagedChannel channel = i % 2 == 0 ? rig.tcp() : rig.unix();
            rig.stream(channel, GetEventsRequest.getDefaultInstance());
            channel.shutdownNow();
            assertTrue(channel.awaitTermination(30, TimeUnit.SECONDS));
            // Otherwise the next one may meet the limit of streams.
            Rig.eventually("the subscription ends", () -> rig.bus.open.isEmpty());
        }
    }

    private static void settle(Rig rig) throws InterruptedException {
        Rig.eventually("subscriptions end", () -> rig.bus.open.isEmpty());
    }

    private static String version(ManagedChannel channel) {
        return FineGuidanceSensorsGrpc.newBlockingStub(channel)
                .getVersion(GetVersionRequest.getDefaultInstance())
                .getVersion();
    }

    private static long threads() {
        return Thread.getAllStackTraces().size();
    }

    private static long descriptors() {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<Path> files(@Nullable Path folder) throws IOException {
        assertNotNull(folder);
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
