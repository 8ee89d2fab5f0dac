// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.cli.internal.client.AgentConnection;
import io.tetragon.proto.CreateContainer;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.RuntimeHookRequest;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tetra rthooks create-container}: tells the agent what a container runtime's hook would. */
final class RuntimeHooksCommand implements Command {
    private RuntimeHooksCommand() {}

    /** The command that holds it. */
    static CommandSpec group() {
        CommandSpec group = CommandSpec.create();
        group.usageMessage().description("Tells the agent what hooks of container runtimes tell it.").hidden(true);
        group.addSubcommand("create-container", new RuntimeHooksCommand().spec());
        return group;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description("Announces a container whose cgroup was made.");
        spec.addOption(Flags.text("ID", "Id of the container", "--container-id"));
        spec.addOption(Flags.text("PATH", "Cgroup of the container: a path below the root of the cgroups, or"
                + " slice:prefix:name of systemd", "--cgroups-path"));
        spec.addOption(Flags.text("DIR", "Root of the container's file system", "--root-dir"));
        spec.addOption(Flags.list("KEY=VALUE,...", "Annotations of the container", "--annotations"));
        spec.addOption(Flags.text("NAME", "Name of the container within its pod", "--container-name"));
        spec.addOption(Flags.text("IMAGE", "Image of the container", "--container-image"));
        spec.addOption(Flags.text("NAME", "Name of the container's pod", "--pod-name"));
        spec.addOption(Flags.text("UID", "Number of the container's pod", "--pod-uid"));
        spec.addOption(Flags.text("NAMESPACE", "Namespace of the container's pod", "--pod-namespace"));
        return spec;
    }

    @Override
    public void run(Flags flags, Terminal terminal) throws CliException, IOException {
        CreateContainer.Builder container = CreateContainer.newBuilder()
                .setContainerID(flags.text("--container-id", ""))
                .setCgroupsPath(flags.text("--cgroups-path", ""))
                .setRootDir(flags.text("--root-dir", ""))
                .setContainerName(flags.text("--container-name", ""))
                .setContainerImage(flags.text("--container-image", ""))
                .setPodName(flags.text("--pod-name", ""))
                .setPodUID(flags.text("--pod-uid", ""))
                .setPodNamespace(flags.text("--pod-namespace", ""));
        for (String annotation : flags.list("--annotations")) {
            int equals = annotation.indexOf('=');
            if (equals <= 0) {
                throw new CliException("invalid annotation \"" + annotation + "\": write key=value");
            }
            container.putAnnotations(annotation.substring(0, equals), annotation.substring(equals + 1));
        }
        try (AgentConnection agent = Globals.connect(flags)) {
            agent.call(
                    FineGuidanceSensorsGrpc.getRuntimeHookMethod(),
                    RuntimeHookRequest.newBuilder().setCreateContainer(container).build());
        }
    }
}
