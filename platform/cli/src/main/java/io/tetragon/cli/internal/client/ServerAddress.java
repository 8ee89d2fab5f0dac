// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.client;

import io.tetragon.cli.internal.CliException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the agent listens: a TCP address, or the path of a UNIX socket.
 *
 * @param text as the user knows it, for messages
 * @param socket path of a UNIX socket, or null
 * @param host host name or IP address without brackets; empty for a UNIX socket
 * @param port TCP port; 0 for a UNIX socket
 */
public record ServerAddress(String text, @Nullable Path socket, String host, int port) {
    /** Written by a running agent. */
    public static final Path INFO_FILE = Path.of("/var/run/tetragon/tetragon-info.json");

    private static final String DEFAULT = "localhost:54321";
    private static final int INFO_LIMIT = 1 << 16;
    // One string member is all that is wanted of the file; a JSON parser would cost more time than
    // everything else between start and connect.
    private static final Pattern ADDRESS =
            Pattern.compile("\"server_address\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\[/\"\\\\])*)\"");

    /**
     * The flag if it was given, else what the agent wrote into the info file, else the default.
     *
     * @throws CliException if the address cannot be understood
     */
    public static ServerAddress resolve(String flag, Path infoFile) throws CliException {
        if (!flag.isEmpty()) {
            return parse(flag);
        }
        String written = fromInfoFile(infoFile);
        return parse(written.isEmpty() ? DEFAULT : written);
    }

    static ServerAddress parse(String text) throws CliException {
        if (text.startsWith("unix:")) {
            String path = text.substring(text.startsWith("unix://") ? "unix://".length() : "unix:".length());
            if (path.isEmpty() || path.indexOf('\0') >= 0) {
                throw invalid(text, "the path of the socket is missing");
            }
            return new ServerAddress(text, Path.of(path), "", 0);
        }
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw invalid(text, "the port is missing");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw invalid(text, "an IPv6 address needs brackets");
        }
        return new ServerAddress(text, null, host.isEmpty() ? "localhost" : host, port(text, colon));
    }

    private static int port(String text, int colon) throws CliException {
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port >= 1 && port <= 65535) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            throw invalid(text, "the port is not a number");
        }
        throw invalid(text, "the port is not within 1 to 65535");
    }

    private static CliException invalid(String text, String why) {
        return new CliException(
                "invalid server address \"" + text + "\": " + why
                        + "; write host:port or unix:///path/to/socket");
    }

    // No agent, or one of another user whose file is not for us: the default is as good.
    private static String fromInfoFile(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            String json = new String(in.readNBytes(INFO_LIMIT), StandardCharsets.UTF_8);
            Matcher address = ADDRESS.matcher(json);
            return address.find() ? address.group(1).replaceAll("\\\\(.)", "$1") : "";
        } catch (IOException absent) {
            return "";
        }
    }
}
