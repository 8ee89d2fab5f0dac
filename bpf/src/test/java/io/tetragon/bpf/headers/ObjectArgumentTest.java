// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.bpf.headers.Arguments.Argument;
import io.tetragon.bpf.headers.Arguments.Subject;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sockets, addresses, credentials and BPF maps of a process, as hooks read them. */
class ObjectArgumentTest extends ArgumentReaders {
    private static final int AF_UNIX = 1;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;

    @Test
    void aSocketHasItsAddressesAndPorts() throws IOException, InterruptedException {
        Arguments sock = reader("KIND_SOCK");
        Arguments socket = reader("KIND_SOCKET");
        assertConnected(sock.read(Subject.SOCK_OF_FD, "connected"));
        assertConnected(socket.read(Subject.PRIVATE_OF_FD, "connected"));
    }

    private static void assertConnected(Argument socket) throws IOException {
        assertEquals(0, socket.status());
        assertEquals(AF_INET, socket.field("arg_sock", "family"));
        assertEquals(1, socket.field("arg_sock", "type"), "SOCK_STREAM");
        assertEquals(6, socket.field("arg_sock", "protocol"), "IPPROTO_TCP");
        assertEquals(1, socket.field("arg_sock", "state"), "TCP_ESTABLISHED");
        assertTrue(socket.field("arg_sock", "cookie") < 0, "a kernel address");
        assertEquals(socket.output(), address(socket.bytes("arg_sock", "saddr"), 4) + ":"
                + socket.field("arg_sock", "sport") + " " + address(socket.bytes("arg_sock", "daddr"), 4) + ":"
                + socket.field("arg_sock", "dport"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"inet 192.0.2.7 8080, 2, 192.0.2.7, 8080", "inet6 2001:db8::7 443, 10, 2001:db8:0:0:0:0:0:7, 443"})
    void anAddressHasItsPortInHostOrder(String steps, int family, String address, int port)
            throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_SOCKADDR");
        Argument sockaddr = arguments.read(Subject.AS_IT_IS, steps.split(" "));
        assertEquals(family, sockaddr.field("arg_sockaddr", "family"));
        assertEquals(port, sockaddr.field("arg_sockaddr", "port"));
        assertEquals(address, address(sockaddr.bytes("arg_sockaddr", "addr"), family == AF_INET6 ? 16 : 4));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "unix /run/x.sock, 0, /run/x.sock",
        "unix /run/x.sock size 8, 0, /run/x",
        "unix /run/x.sock size 0, 0, /run/x.sock",
        "unix /run/x.sock size 2, 0, ''",
        "unix /run/x.sock size 0xffffffffffffffff, 0, /run/x.sock",
        "abstract name, 1, name",
        "abstract name size 5, 1, na",
        "abstract name size 3, 1, ''",
    })
    void aUnixAddressHasItsPathOrName(String steps, int isAbstract, String text)
            throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_SOCKADDR_UN", Map.of("size_parameter", 1));
        Argument sockaddr = arguments.read(Subject.AS_IT_IS, steps.split(" "));
        assertEquals(0, sockaddr.status());
        assertEquals(AF_UNIX, sockaddr.field("arg_sockaddr_un", "family"));
        assertEquals(isAbstract, sockaddr.field("arg_sockaddr_un", "is_abstract"));
        assertEquals(text, sockaddr.string());
    }

    @Test
    void aUnixPathMayFillAllItsRoom() throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_SOCKADDR_UN", Map.of("size_parameter", 1));
        String path = "/" + "p".repeat(107);
        assertEquals(path, arguments.read(Subject.AS_IT_IS, "unix", path).string());
    }

    @Test
    void credentialsAreThoseOfTheProcess() throws IOException, InterruptedException {
        Arguments cred = reader("KIND_CRED");
        Arguments namespace = reader("KIND_USER_NAMESPACE");
        Arguments capabilities = reader("KIND_CAPABILITIES");
        Argument own = cred.read(Subject.CRED);
        long inum = Long.parseLong(Files.readSymbolicLink(Path.of("/proc/self/ns/user")).toString()
                .replaceAll("\\D", ""));
        long effective = Long.parseUnsignedLong(status("CapEff:"), 16);
        assertEquals(effective, own.field("arg_cred", "cred_caps_effective"));
        assertEquals(Long.parseUnsignedLong(status("CapPrm:"), 16), own.field("arg_cred", "cred_caps_permitted"));
        assertEquals(Long.parseUnsignedLong(status("CapInh:"), 16), own.field("arg_cred", "cred_caps_inheritable"));
        assertEquals(0, own.field("arg_cred", "cred_uid"));
        assertEquals(0, own.field("arg_cred", "cred_fsgid"));
        assertEquals(inum, own.field("arg_cred", "userns_inum"));
        assertEquals(inum, namespace.read(Subject.USER_NAMESPACE).field("arg_user_namespace", "inum"));
        assertEquals(effective, capabilities.read(Subject.CAPABILITY_SET).field("arg_number", "value"));
    }

    @Test
    void aMapHasItsNameAndSizes() throws IOException, InterruptedException {
        Arguments arguments = reader("KIND_BPF_MAP");
        Argument map = arguments.read(Subject.PRIVATE_OF_FD, "map", "mine");
        assertEquals(1, map.field("arg_bpf_map", "type"), "BPF_MAP_TYPE_HASH");
        assertEquals(4, map.field("arg_bpf_map", "key_size"));
        assertEquals(8, map.field("arg_bpf_map", "value_size"));
        assertEquals(77, map.field("arg_bpf_map", "max_entries"));
        assertArrayEquals(Arrays.copyOf("mine".getBytes(StandardCharsets.US_ASCII), 16),
                map.bytes("arg_bpf_map", "name"));
    }

    private static String address(byte[] bytes, int length) throws IOException {
        return InetAddress.getByAddress(Arrays.copyOf(bytes, length)).getHostAddress();
    }

    private static String status(String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream().filter(line -> line.startsWith(name))
                .findFirst().orElseThrow().substring(name.length()).strip();
    }
}
