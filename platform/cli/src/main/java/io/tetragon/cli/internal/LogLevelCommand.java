// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.cli.internal.client.AgentConnection;
import io.tetragon.proto.ConfigFlag;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.GetDebugRequest;
import io.tetragon.proto.LogLevel;
import io.tetragon.proto.SetDebugRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tetra loglevel get|set}. */
final class LogLevelCommand implements Command {
    private static final String PREFIX = "LOG_LEVEL_";

    private final boolean sets;

    private LogLevelCommand(boolean sets) {
        this.sets = sets;
    }

    /** The command that holds the two. */
    static CommandSpec group() {
        CommandSpec group = CommandSpec.create();
        group.aliases("log");
        group.usageMessage().description("Reads or switches the log level of the agent.");
        group.addSubcommand("get", new LogLevelCommand(false).spec());
        group.addSubcommand("set", new LogLevelCommand(true).spec());
        return group;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description(sets ? "Switches the log level." : "Prints the log level.");
        if (sets) {
            spec.addPositional(Flags.parameter("LEVEL", "One of " + names()));
        }
        return spec;
    }

    @Override
    public void run(Flags flags, Terminal terminal) throws CliException, IOException {
        LogLevel level = sets ? level(flags.parameter(0)) : LogLevel.UNRECOGNIZED;
        try (AgentConnection agent = Globals.connect(flags)) {
            if (sets) {
                level = agent.call(FineGuidanceSensorsGrpc.getSetDebugMethod(), SetDebugRequest.newBuilder()
                        .setFlag(ConfigFlag.CONFIG_FLAG_LOG_LEVEL).setLevel(level).build()).getLevel();
            } else {
                level = agent.call(FineGuidanceSensorsGrpc.getGetDebugMethod(), GetDebugRequest.newBuilder()
                        .setFlag(ConfigFlag.CONFIG_FLAG_LOG_LEVEL).build()).getLevel();
            }
        }
        terminal.println("Current log level: " + level);
    }

    private static LogLevel level(String name) throws CliException {
        String wanted = name.equalsIgnoreCase("warning") ? "WARN" : name.toUpperCase(Locale.ROOT);
        return Arrays.stream(LogLevel.values())
                .filter(level -> level.name().equals(PREFIX + wanted))
                .findFirst()
                .orElseThrow(() -> new CliException("level " + name + " is not known: it is one of " + names()));
    }

    private static String names() {
        return Arrays.stream(LogLevel.values())
                .filter(level -> level != LogLevel.UNRECOGNIZED)
                .map(level -> level.name().substring(PREFIX.length()).toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}
