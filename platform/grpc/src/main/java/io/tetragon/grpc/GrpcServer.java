// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import io.tetragon.api.TetragonException;
import io.tetragon.api.listener.EventBus;
import io.tetragon.core.PolicyFilter;
import io.tetragon.core.PolicyManager;
import io.tetragon.core.SensorManager;
import io.tetragon.grpc.internal.Listeners;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The running gRPC server: {@code FineGuidanceSensors} and {@code EventLogService} on TCP and on a Unix socket, and the
 * standard health service (service {@code liveness}) on an address of its own. Methods that this version lacks answer
 * UNIMPLEMENTED and say so.
 *
 * <p>Each GetEvents call is a subscription of the event bus with a queue of its own. A client that reads too slowly loses
 * its own events, counted in the subscription's ledger; memory stays bounded by the queue and 128 KiB of bytes under way.
 * Safe for use by any thread.
 */
public final class GrpcServer implements AutoCloseable {
    private final Listeners listeners;

    private GrpcServer(Listeners listeners) {
        this.listeners = listeners;
    }

    /**
     * Starts to listen. Clients are served when this returns.
     *
     * @param config where to listen
     * @param events what GetEvents subscribes to
     * @param sensors what the sensor calls list and change
     * @param policies what the calls about policies list and change
     * @param containers what runtime hooks tell of containers
     * @param info what GetVersion and GetInfo tell
     * @throws TetragonException if an address is wrong, taken or not permitted; then nothing listens
     */
    public static GrpcServer start(GrpcConfig config, EventBus events, SensorManager sensors, PolicyManager policies,
            PolicyFilter containers, AgentInfo info) throws TetragonException {
        Listeners listeners = new Listeners(config, events, sensors, policies, containers, info);
        try {
            listeners.open(config);
        } catch (TetragonException | RuntimeException e) {
            listeners.close();
            throw e;
        }
        return new GrpcServer(listeners);
    }

    /** Returns where the TCP listener is bound, null if there is none. */
    public @Nullable InetSocketAddress tcpAddress() {
        return listeners.tcp();
    }

    /** Returns where the health service is bound, null if it is off or on a Unix socket. */
    public @Nullable InetSocketAddress healthAddress() {
        return listeners.health();
    }

    /** Returns the paths of the Unix sockets. */
    public List<Path> sockets() {
        return listeners.sockets();
    }

    /**
     * Returns the address that a client on this machine should use, in the form of the command line's
     * {@code --server-address}: the Unix socket where there is one, otherwise the TCP address, empty if nothing listens.
     */
    public String clientAddress() {
        List<Path> sockets = sockets();
        if (!sockets.isEmpty()) {
            return "unix://" + sockets.get(0);
        }
        InetSocketAddress tcp = tcpAddress();
        if (tcp == null) {
            return "";
        }
        String host = tcp.getAddress().isAnyLocalAddress() ? "localhost" : tcp.getAddress().getHostAddress();
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + tcp.getPort();
    }

    /**
     * Ends every stream with UNAVAILABLE, stops listening and removes the sockets, within half a second. To be closed before
     * the event bus. Closing twice does nothing.
     */
    @Override
    public void close() {
        listeners.close();
    }
}
