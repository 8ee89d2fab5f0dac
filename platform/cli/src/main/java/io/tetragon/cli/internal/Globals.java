// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.cli.internal.client.AgentConnection;
import io.tetragon.cli.internal.client.ServerAddress;
import io.tetragon.cli.internal.client.Tls;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The flags every command has: how to reach the agent. */
final class Globals {
    private static final int MAX_RECEIVE_SIZE = 10 << 20;

    private Globals() {}

    static void addTo(CommandSpec spec) {
        spec.addOption(flag("Print stack traces of errors (default false)", "-d", "--debug"));
        spec.addOption(
                text(
                        "ADDRESS",
                        "Address of the agent, host:port or unix:///path (default: the one the local agent"
                                + " wrote to " + ServerAddress.INFO_FILE + ", else localhost:54321)",
                        "--server-address"));
        spec.addOption(text("DURATION", "Time limit of a call (default 30s)", "--timeout"));
        spec.addOption(
                number("N", "Tries again while the agent is unavailable (default 1)", "--retries"));
        spec.addOption(
                number("BYTES", "Largest message to accept (default 10485760)", "--max-recv-size"));
        spec.addOption(text("FILE", "Client certificate, PEM", "--tls-cert-file"));
        spec.addOption(text("FILE", "Key of the client certificate, PEM (PKCS#8)", "--tls-key-file"));
        spec.addOption(
                text("FILE,...", "Certificates to trust, PEM", "--tls-ca-cert-files"));
        spec.addOption(
                text("NAME", "Name to expect in the certificate of the agent", "--tls-server-name"));
        spec.addOption(flag("Accept any certificate (default false)", "--tls-skip-verify"));
        spec.addOption(
                Flags.inherited(
                        OptionSpec.builder("-h", "--help").usageHelp(true).description("Print this help")));
    }

    /** Opens a connection as the flags say; nothing is sent yet. */
    static AgentConnection connect(Flags flags) throws CliException {
        Tls tls =
                new Tls(
                        flags.text("--tls-cert-file", ""),
                        flags.text("--tls-key-file", ""),
                        flags.list("--tls-ca-cert-files"),
                        flags.text("--tls-server-name", ""),
                        flags.bool("--tls-skip-verify", false));
        Duration timeout = GoDuration.parse("--timeout", flags.text("--timeout", "30s"));
        int retries = atLeast("--retries", 0, flags.number("--retries", 1));
        int size = atLeast("--max-recv-size", 1, flags.number("--max-recv-size", MAX_RECEIVE_SIZE));
        ServerAddress address =
                ServerAddress.resolve(flags.text("--server-address", ""), ServerAddress.INFO_FILE);
        if (!flags.bool("--debug", false)) {
            AgentConnection.silenceLibraries();
        }
        return new AgentConnection(
                address, new AgentConnection.Options(tls, timeout, retries, size));
    }

    private static int atLeast(String flag, int minimum, int value) throws CliException {
        if (value < minimum) {
            throw new CliException(flag + " " + value + " is too small: give " + minimum + " or more");
        }
        return value;
    }

    private static OptionSpec flag(String help, String... names) {
        return Flags.inherited(Flags.boolBuilder(help, names));
    }

    private static OptionSpec text(String label, String help, String name) {
        return Flags.inherited(Flags.textBuilder(label, help, name));
    }

    private static OptionSpec number(String label, String help, String name) {
        return Flags.inherited(Flags.textBuilder(label, help, name).type(int.class));
    }
}
