// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.cli.internal.client.AgentConnection;
import io.tetragon.proto.DisableSensorRequest;
import io.tetragon.proto.EnableSensorRequest;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.ListSensorsRequest;
import io.tetragon.proto.RemoveSensorRequest;
import io.tetragon.proto.SensorStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tetra sensors list|enable|disable|rm}. */
final class SensorsCommand implements Command {
    private enum Action {
        LIST("Lists the sensors, whether they are enabled, and what they belong to."),
        ENABLE("Enables a sensor."),
        DISABLE("Disables a sensor."),
        RM("Removes a sensor.");

        final String help;

        Action(String help) {
            this.help = help;
        }
    }

    private final Action action;

    private SensorsCommand(Action action) {
        this.action = action;
    }

    /** The command that holds the four. */
    static CommandSpec group() {
        CommandSpec group = CommandSpec.create();
        group.usageMessage().description("Manages the sensors of the agent.");
        group.addSubcommand("list", new SensorsCommand(Action.LIST).spec());
        group.addSubcommand("enable", new SensorsCommand(Action.ENABLE).spec());
        group.addSubcommand("disable", new SensorsCommand(Action.DISABLE).spec());
        group.addSubcommand("rm", new SensorsCommand(Action.RM).spec());
        return group;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description(action.help);
        if (action != Action.LIST) {
            spec.addPositional(Flags.parameter("NAME", "Name of the sensor"));
        }
        return spec;
    }

    @Override
    public void run(Flags flags, Terminal terminal) throws CliException, IOException {
        try (AgentConnection agent = Globals.connect(flags)) {
            if (action == Action.LIST) {
                list(agent, terminal);
            } else {
                change(agent, flags.parameter(0));
            }
        }
    }

    @SuppressWarnings("deprecation") // upstream has no other call for sensors
    private static void list(AgentConnection agent, Terminal terminal)
            throws CliException, IOException {
        List<SensorStatus> sensors =
                agent
                        .call(
                                FineGuidanceSensorsGrpc.getListSensorsMethod(),
                                ListSensorsRequest.getDefaultInstance())
                        .getSensorsList();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "ENABLED", "COLLECTION"));
        for (SensorStatus sensor : sensors) {
            rows.add(
                    List.of(sensor.getName(), Boolean.toString(sensor.getEnabled()), sensor.getCollection()));
        }
        terminal.println(Table.format(rows));
    }

    @SuppressWarnings("deprecation") // upstream has no other calls for sensors
    private void change(AgentConnection agent, String name) throws CliException {
        switch (action) {
            case ENABLE ->
                    agent.call(
                            FineGuidanceSensorsGrpc.getEnableSensorMethod(),
                            EnableSensorRequest.newBuilder().setName(name).build());
            case DISABLE ->
                    agent.call(
                            FineGuidanceSensorsGrpc.getDisableSensorMethod(),
                            DisableSensorRequest.newBuilder().setName(name).build());
            case RM ->
                    agent.call(
                            FineGuidanceSensorsGrpc.getRemoveSensorMethod(),
                            RemoveSensorRequest.newBuilder().setName(name).build());
            default -> throw new IllegalStateException(action.name());
        }
    }
}
