// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.tetragon.api.TetragonException;
import io.tetragon.api.listener.EventBus;
import io.tetragon.api.log.Log;
import io.tetragon.core.PolicyFilter;
import io.tetragon.core.PolicyManager;
import io.tetragon.core.SensorManager;
import io.tetragon.grpc.AgentInfo;
import io.tetragon.grpc.GrpcConfig;
import io.tetragon.proto.EventLogServiceGrpc;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens every address of a configuration, and closes them together. Used by one thread, and closed by any. */
public final class Listeners implements AutoCloseable {
    /** Service name that health checks ask for. */
    private static final String LIVENESS = "liveness";

    private static final Log LOG = Log.of(Listeners.class);

    private final Transport transport = new Transport();
    private final HealthStatusManager health = new HealthStatusManager();
    private final List<UnixSocketFile> sockets = new ArrayList<>();
    private final EventStreams streams;
    private final ServerServiceDefinition[] services;
    private @Nullable InetSocketAddress tcp;
    private @Nullable InetSocketAddress healthTcp;
    private boolean closed;

    /** Prepares the services; nothing listens yet. */
    public Listeners(GrpcConfig config, EventBus events, SensorManager sensors, PolicyManager policies,
            PolicyFilter containers, AgentInfo info) {
        streams = new EventStreams(events, config.eventQueueSize(), config.maxEventStreams());
        services = new ServerServiceDefinition[] {
            FineGuidance.service(streams, sensors, policies, containers, info),
            new ServiceTable(EventLogServiceGrpc.getServiceDescriptor()).build()
        };
    }

    /** Listens on every address; after a failure the caller closes this. */
    public void open(GrpcConfig config) throws TetragonException {
        if (!config.serverAddress().isEmpty()) {
            tcp = listen(
                    ListenAddress.parse("server-address", config.serverAddress(), GrpcConfig.DEFAULT_PORT), services);
        }
        Path socket = config.socket();
        if (socket != null && !isOpen(socket)) {
            listen(new ListenAddress.Unix(socket), services);
        }
        if (!config.healthAddress().isEmpty()) {
            health.setStatus(LIVENESS, ServingStatus.SERVING);
            healthTcp = listen(
                    ListenAddress.parse("health-server-address", config.healthAddress(), GrpcConfig.HEALTH_PORT),
                    health.getHealthService().bindService());
        }
    }

    /** Returns where the TCP listener is bound, null if there is none. */
    public @Nullable InetSocketAddress tcp() {
        return tcp;
    }

    /** Returns where the health service is bound, null if it is off or on a socket. */
    public @Nullable InetSocketAddress health() {
        return healthTcp;
    }

    /** Returns the paths of the sockets. */
    public List<Path> sockets() {
        return sockets.stream().map(UnixSocketFile::path).toList();
    }

    private @Nullable InetSocketAddress listen(ListenAddress address, ServerServiceDefinition... offered)
            throws TetragonException {
        if (address instanceof ListenAddress.Unix unix) {
            UnixSocketFile file = new UnixSocketFile(unix.path());
            sockets.add(file);
            file.bind(hidden -> transport.listen(hidden, offered));
            LOG.info("gRPC server listens", "socket", unix.path());
            return null;
        }
        InetSocketAddress wanted = ((ListenAddress.Tcp) address).address();
        Server server = transport.listen(wanted, offered);
        InetSocketAddress bound = new InetSocketAddress(wanted.getAddress(), server.getPort());
        LOG.info("gRPC server listens", "address", bound);
        if (offered == services && !bound.getAddress().isLoopbackAddress()) {
            LOG.warn("gRPC server is open to the network without TLS", "address", bound);
        }
        return bound;
    }

    private boolean isOpen(Path socket) {
        return sockets().stream().anyMatch(open -> open.toAbsolutePath().equals(socket.toAbsolutePath()));
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        health.enterTerminalState();
        streams.shutdown();
        transport.close();
        sockets.forEach(UnixSocketFile::close);
    }
}
