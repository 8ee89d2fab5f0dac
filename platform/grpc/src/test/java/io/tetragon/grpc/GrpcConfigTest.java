// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrpcConfigTest {
    private static final Path RUN = Path.of("/var/run/tetragon");

    @Test
    void theDefaultsListenOnLoopbackSocketAndHealthPort() throws TetragonException {
        assertEquals(
                new GrpcConfig("localhost:54321", RUN.resolve("tetragon.sock"), ":6789", 10_000, 32),
                GrpcConfig.of(new Flags(Map.of()), RUN));
    }

    @Test
    void anEmptyServerAddressTurnsTheSocketOffAsWell() throws TetragonException {
        GrpcConfig config = GrpcConfig.of(new Flags(Map.of("server-address", "", "health-server-address", "")), RUN);
        assertEquals(new GrpcConfig("", null, "", 10_000, 32), config);
    }

    @ParameterizedTest
    @CsvSource({
        "server-tls-cert-file, /a",
        "server-tls-key-file, /a",
        "server-tls-client-ca-files, '/a,/b'",
        "server-tls-require-client-cert, true",
    })
    void aServerThatWasToldToEncryptDoesNotStartWithout(String flag, String value) {
        TetragonException refused = assertThrows(
                TetragonException.class, () -> GrpcConfig.of(new Flags(Map.of(flag, value)), RUN));
        assertEquals(TetragonException.Kind.INVALID_ARGUMENT, refused.kind());
        assertEquals(
                "flag " + flag + ": this version has no TLS"
                        + " (clear the flag and listen on a loopback address or a Unix socket)",
                refused.getMessage());
    }

    /** The defaults, and what a test sets. */
    private static final class Flags implements Settings {
        private final Map<String, String> values = new HashMap<>(Map.of(
                "server-address", "localhost:54321",
                "health-server-address", ":6789",
                "event-queue-size", "10000",
                "server-tls-cert-file", "",
                "server-tls-key-file", "",
                "server-tls-client-ca-files", "",
                "server-tls-require-client-cert", "false"));

        private Flags(Map<String, String> set) {
            values.putAll(set);
        }

        @Override
        public String string(String flag) {
            String value = values.get(flag);
            if (value == null) {
                throw new IllegalArgumentException(flag);
            }
            return value;
        }

        @Override
        public boolean bool(String flag) {
            return Boolean.parseBoolean(string(flag));
        }

        @Override
        public long number(String flag) {
            return Long.parseLong(string(flag));
        }

        @Override
        public long size(String flag) {
            return number(flag);
        }

        @Override
        public Duration duration(String flag) {
            return Duration.parse(string(flag));
        }

        @Override
        public List<String> list(String flag) {
            if (!flag.endsWith("files")) {
                throw new IllegalArgumentException(flag + " is no list");
            }
            String text = string(flag);
            return text.isEmpty() ? List.of() : List.of(text.split(","));
        }
    }
}
