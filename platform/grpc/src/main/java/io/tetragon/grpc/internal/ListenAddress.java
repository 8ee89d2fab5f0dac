// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.tetragon.api.TetragonException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** An address to listen on, as users write it. */
sealed interface ListenAddress {
    /** A TCP address. */
    record Tcp(InetSocketAddress address) implements ListenAddress {}

    /** A Unix domain socket. */
    record Unix(Path path) implements ListenAddress {}

    /**
     * Reads {@code unix://PATH}, {@code host:port}, {@code host}, {@code [v6]:port} or {@code :port}.
     *
     * @param flag name of the flag, for the error
     */
    static ListenAddress parse(String flag, String text, int defaultPort) throws TetragonException {
        if (text.startsWith("unix://")) {
            return new Unix(path(flag, text.substring("unix://".length())));
        }
        int colon = text.lastIndexOf(':');
        boolean hasPort = colon >= 0 && colon > text.lastIndexOf(']') && (text.startsWith("[") || text.indexOf(':') == colon);
        String host = hasPort ? text.substring(0, colon) : text;
        int port = hasPort ? port(flag, text, text.substring(colon + 1)) : defaultPort;
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        return new Tcp(new InetSocketAddress(resolve(flag, host), port));
    }

    private static Path path(String flag, String text) throws TetragonException {
        try {
            Path path = Path.of(text);
            if (path.isAbsolute() && path.getFileName() != null) {
                return path;
            }
        } catch (InvalidPathException e) {
            throw bad(flag, e.getMessage(), "unix:///var/run/tetragon/tetragon.sock");
        }
        throw bad(flag, "not an absolute path: '" + text + "'", "unix:///var/run/tetragon/tetragon.sock");
    }

    private static int port(String flag, String text, String digits) throws TetragonException {
        try {
            int port = Integer.parseInt(digits);
            if (port >= 0 && port <= 0xFFFF) {
                return port;
            }
        } catch (NumberFormatException e) {
            throw bad(flag, "no port in '" + text + "'", "localhost:54321");
        }
        throw bad(flag, "port " + digits + " is out of range", "localhost:54321");
    }

    /** The loopback name is not looked up: whatever a resolver makes of it, the server must not leave this machine. */
    private static InetAddress resolve(String flag, String host) throws TetragonException {
        if (host.equals("localhost")) {
            return InetAddress.getLoopbackAddress();
        }
        if (host.isEmpty()) {
            return new InetSocketAddress(0).getAddress();
        }
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw bad(flag, "unknown host '" + host + "'", "localhost:54321");
        }
    }

    private static TetragonException bad(String flag, String why, String example) {
        return new TetragonException(
                TetragonException.Kind.INVALID_ARGUMENT, "flag " + flag, why, "write it like " + example);
    }
}
