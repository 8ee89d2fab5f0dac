// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerAddressTest {
    @ParameterizedTest
    @CsvSource({
        "localhost:54321, localhost, 54321",
        "10.0.0.1:1, 10.0.0.1, 1",
        "[::1]:2, ::1, 2",
        ":3, localhost, 3",
    })
    void readsTcpAddresses(String text, String host, int port) throws Exception {
        assertEquals(new ServerAddress(text, null, host, port), ServerAddress.parse(text));
    }

    @Test
    void readsPathsOfSockets() throws Exception {
        assertEquals(Path.of("/run/t.sock"), ServerAddress.parse("unix:///run/t.sock").socket());
        assertEquals(Path.of("/run/t.sock"), ServerAddress.parse("unix:/run/t.sock").socket());
    }

    @Test
    void prefersTheFlagThenTheRunningAgentThenTheDefault(@TempDir Path folder) throws Exception {
        Path info = folder.resolve("tetragon-info.json");
        assertEquals("localhost:54321", ServerAddress.resolve("", info).text());
        Files.writeString(info, "{\"pid\":7,\"server_address\":\"unix:\\/\\/\\/run\\/t.sock\"}");
        assertEquals("unix:///run/t.sock", ServerAddress.resolve("", info).text());
        assertEquals("h:1", ServerAddress.resolve("h:1", info).text());
        Files.writeString(info, "{\"server_address\":\"\"}");
        assertEquals("localhost:54321", ServerAddress.resolve("", info).text());
        Files.writeString(info, "garbage");
        assertEquals("localhost:54321", ServerAddress.resolve("", info).text());
    }
}
