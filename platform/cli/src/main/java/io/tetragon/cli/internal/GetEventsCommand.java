// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.cli.internal.client.AgentConnection;
import io.tetragon.cli.internal.events.CompactPrinter;
import io.tetragon.cli.internal.events.EventOutput;
import io.tetragon.cli.internal.events.FieldMaskTree;
import io.tetragon.cli.internal.events.JsonLines;
import io.tetragon.cli.internal.events.LocalFilter;
import io.tetragon.proto.GetEventsRequest;
import io.tetragon.proto.GetEventsResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code tetra getevents}: prints the events of the agent as they come, or those of an export file
 * on standard input.
 */
final class GetEventsCommand implements Command {
    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage()
                .description(
                        "Prints events of the agent until interrupted. When standard input is a pipe or a file,"
                                + " it is read instead, one JSON event per line.");
        spec.addOption(Flags.text("FORMAT", "json or compact (default json)", "-o", "--output"));
        spec.addOption(
                Flags.text("WHEN", "Colour of compact output: auto, always, never (default auto)",
                        "--color"));
        spec.addOption(Flags.bool("Start each line with the time of the event", "--timestamps"));
        spec.addOption(
                Flags.text(
                        "PATH", "Print what was written to this terminal, and nothing else", "-t",
                        "--tty-encode"));
        spec.addOption(Flags.bool("Print stack traces (default true)", "--stack-traces"));
        spec.addOption(Flags.bool("Print IMA digests (default true)", "--ima-hash"));
        spec.addOption(
                Flags.bool("Connect again when the agent goes away (default false)", "--reconnect"));
        spec.addOption(
                Flags.text("DURATION", "Time between attempts (default 2s)", "--reconnect-wait"));
        EventSelection.addTo(spec);
        return spec;
    }

    @Override
    public void run(Flags flags, Terminal terminal) throws CliException, IOException {
        EventSelection selection = EventSelection.of(flags);
        EventOutput output = output(flags, terminal);
        if (terminal.inputHoldsEvents()) {
            fromStandardInput(selection, output, terminal);
        } else {
            fromAgent(flags, selection, output, terminal);
        }
    }

    private static void fromStandardInput(
            EventSelection selection, EventOutput output, Terminal terminal)
            throws CliException, IOException {
        LocalFilter filter = new LocalFilter(selection.filter());
        FieldMaskTree include = FieldMaskTree.of(selection.include());
        FieldMaskTree exclude = FieldMaskTree.of(selection.exclude());
        JsonLines lines = new JsonLines(terminal.in());
        try {
            lines.forEach(
                    event -> {
                        if (!filter.test(event)) {
                            return;
                        }
                        GetEventsResponse masked = event;
                        if (!selection.include().isEmpty()) {
                            masked = include.include(masked);
                        }
                        if (!selection.exclude().isEmpty()) {
                            masked = exclude.exclude(masked);
                        }
                        output.accept(masked);
                    },
                    output::flush);
        } finally {
            output.flush();
        }
        if (lines.skipped() > 0) {
            terminal.err().println("Warning: skipped lines that are no events: " + lines.skipped());
        }
    }

    private static void fromAgent(
            Flags flags, EventSelection selection, EventOutput output, Terminal terminal)
            throws CliException, IOException {
        boolean reconnect = flags.bool("--reconnect", false);
        Duration wait =
                GoDuration.parse("--reconnect-wait", flags.text("--reconnect-wait", "2s"));
        GetEventsRequest request = selection.request();
        do {
            try (AgentConnection agent = Globals.connect(flags)) {
                agent.stream(
                        request,
                        event -> {
                            output.accept(event);
                            output.flush();
                        });
            } catch (AgentConnection.Lost lost) {
                if (!reconnect) {
                    throw new CliException(String.valueOf(lost.getMessage()), lost);
                }
                terminal.err().println("Warning: " + lost.getMessage() + "; connecting again");
            }
        } while (reconnect && pause(wait));
    }

    private static boolean pause(Duration wait) {
        try {
            Thread.sleep(wait.toMillis());
            return true;
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static EventOutput output(Flags flags, Terminal terminal) throws CliException {
        if (flags.has("--tty-encode")) {
            return EventOutput.tty(flags.text("--tty-encode", ""), terminal.out());
        }
        String format = flags.text("--output", "json");
        boolean colour = colour(flags.text("--color", "auto"), terminal);
        return switch (format) {
            case "json" -> EventOutput.json(terminal.out());
            case "compact" ->
                    EventOutput.compact(
                            new CompactPrinter(
                                    new CompactPrinter.Options(
                                            colour,
                                            flags.bool("--timestamps", false),
                                            flags.bool("--stack-traces", true),
                                            flags.bool("--ima-hash", true))),
                            terminal.out());
            default -> throw oneOf("--output", format, List.of("json", "compact"));
        };
    }

    private static boolean colour(String when, Terminal terminal) throws CliException {
        return switch (when) {
            case "always" -> true;
            case "never" -> false;
            case "auto" ->
                    terminal.outputIsTerminal()
                            && terminal.environment().getOrDefault("NO_COLOR", "").isEmpty()
                            && !"dumb".equals(terminal.environment().get("TERM"));
            default -> throw oneOf("--color", when, List.of("auto", "always", "never"));
        };
    }

    private static CliException oneOf(String flag, String given, List<String> values) {
        return new CliException(
                "invalid value \"" + given + "\" for " + flag + ": use " + String.join(", ", values));
    }
}
