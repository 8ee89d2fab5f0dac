// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.cli.internal.client.AgentConnection;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetHealthStatusRequest;
import io.tetragon.proto.GetHealthStatusResponse;
import io.tetragon.proto.HealthStatus;
import io.tetragon.proto.HealthStatusType;
import java.io.IOException;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tetra status}. */
final class StatusCommand implements Command {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description("Prints the health of the agent.");
        return spec;
    }

    @Override
    public void run(Flags flags, Terminal terminal) throws CliException, IOException {
        GetHealthStatusRequest request =
                GetHealthStatusRequest.newBuilder()
                        .addEventSet(HealthStatusType.HEALTH_STATUS_TYPE_STATUS)
                        .build();
        GetHealthStatusResponse answer;
        try (AgentConnection agent = Globals.connect(flags)) {
            answer = agent.call(FineGuidanceSensorsGrpc.getGetHealthMethod(), request);
        }
        if (answer.getHealthStatusCount() == 0) {
            throw new CliException("the agent says nothing of its health: its version is another");
        }
        for (HealthStatus status : answer.getHealthStatusList()) {
            terminal.println("Health Status: " + status.getDetails());
        }
    }
}
