// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the server listens, and its limits.
 *
 * @param serverAddress {@code host:port}, {@code host}, {@code :port} for every interface, {@code unix://PATH}, or empty to
 *     listen on {@code socket} only
 * @param socket path of the socket opened beside a TCP listener, null for none
 * @param healthAddress address of the health service, of the same form; empty for none
 * @param eventQueueSize events the queue of one stream holds
 * @param maxEventStreams streams open at the same time
 */
public record GrpcConfig(
        String serverAddress, @Nullable Path socket, String healthAddress, int eventQueueSize, int maxEventStreams) {
    /** Port of an address that has none. */
    public static final int DEFAULT_PORT = 54321;

    /** Port of the health service where its address has none. */
    public static final int HEALTH_PORT = 6789;

    /** File name of the socket in the agent's run directory. */
    public static final String SOCKET_NAME = "tetragon.sock";

    /** Each may hold a queue of events; the interface has no flag for it. */
    private static final int MAX_EVENT_STREAMS = 32;

    /**
     * Reads the flags; an empty {@code server-address} turns the socket off as well.
     *
     * @param runDirectory directory of the socket
     * @throws TetragonException if a flag asks for what this version cannot do
     */
    public static GrpcConfig of(Settings settings, Path runDirectory) throws TetragonException {
        refuseTls(settings);
        String address = settings.string("server-address").strip();
        long queue = Math.max(1, Math.min(settings.number("event-queue-size"), 1 << 24));
        return new GrpcConfig(
                address,
                address.isEmpty() ? null : runDirectory.resolve(SOCKET_NAME),
                settings.string("health-server-address").strip(),
                (int) queue,
                MAX_EVENT_STREAMS);
    }

    /** A server that was told to encrypt must not listen without. */
    private static void refuseTls(Settings settings) throws TetragonException {
        for (String flag : List.of("server-tls-cert-file", "server-tls-key-file")) {
            if (!settings.string(flag).isBlank()) {
                throw noTls(flag);
            }
        }
        if (!settings.list("server-tls-client-ca-files").isEmpty()) {
            throw noTls("server-tls-client-ca-files");
        }
        if (settings.bool("server-tls-require-client-cert")) {
            throw noTls("server-tls-require-client-cert");
        }
    }

    private static TetragonException noTls(String flag) {
        return new TetragonException(
                TetragonException.Kind.INVALID_ARGUMENT,
                "flag " + flag,
                "this version has no TLS",
                "clear the flag and listen on a loopback address or a Unix socket");
    }
}
