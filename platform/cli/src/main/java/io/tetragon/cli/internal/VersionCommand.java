// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.cli.internal.client.AgentConnection;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetVersionRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tetra version}. */
final class VersionCommand implements Command {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description("Prints the version of tetra, and of the agent.");
        spec.addOption(Flags.bool("Ask the agent for its version", "-s", "--server"));
        spec.addOption(Flags.bool("Print what tetra was built with", "-b", "--build"));
        return spec;
    }

    @Override
    public void run(Flags flags, Terminal terminal) throws CliException, IOException {
        Properties build = build();
        terminal.println("CLI version: " + build.getProperty("version"));
        if (flags.bool("--server", false)) {
            try (AgentConnection agent = Globals.connect(flags)) {
                String version =
                        agent
                                .call(
                                        FineGuidanceSensorsGrpc.getGetVersionMethod(),
                                        GetVersionRequest.getDefaultInstance())
                                .getVersion();
                terminal.println("Server version: " + version);
            }
        }
        if (flags.bool("--build", false)) {
            terminal.println("Java: " + build.getProperty("java") + " or newer, running on "
                    + Runtime.version());
            terminal.println("gRPC: " + build.getProperty("grpc"));
            terminal.println("Protocol buffers: " + build.getProperty("protobuf"));
        }
    }

    private static Properties build() {
        Properties build = new Properties();
        try (InputStream in = VersionCommand.class.getResourceAsStream("version.properties")) {
            build.load(in);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return build;
    }
}
