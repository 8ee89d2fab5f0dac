// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;
import picocli.CommandLine;

/**
 * The whole command line. Results go to standard output; errors are one line on standard error and
 * exit code 1. A reader of standard output that went away ends the program quietly, as is the
 * custom of pipes.
 */
public final class Tetra {
    // EPIPE has no exception class of its own.
    private static final String READER_GONE = "Broken pipe";

    private static final List<String> COMMANDS =
            List.of(
                    "getevents", "status", "version", "info", "tracingpolicy", "sensors", "loglevel",
                    "policyfilter", "rthooks", "completion", "help");
    private static final Map<String, String> ALIASES = Map.of("loglevel", "log", "tracingpolicy", "tp");

    private final Terminal terminal;

    public Tetra(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Runs one command line to its end and returns the exit code, 0 or 1. */
    public int run(String... args) {
        CommandLine line = commandLine(new HashSet<>(List.of(args)));
        Flags flags;
        try {
            ParseResult parsed = line.parseArgs(args);
            flags = new Flags(parsed);
        } catch (ParameterException e) {
            terminal.err().println("Error: " + usageError(e));
            return 1;
        }
        try {
            dispatch(flags);
            return 0;
        } catch (CliException e) {
            return fail(e, flags);
        } catch (IOException e) {
            return READER_GONE.equals(e.getMessage())
                    ? 0
                    : fail(new CliException("reading or writing failed: " + e.getMessage(), e), flags);
        } catch (RuntimeException defect) {
            return fail(
                    new CliException(
                            "tetra failed (" + defect + "): please report it, with the output of --debug",
                            defect),
                    flags);
        }
    }

    private void dispatch(Flags flags) throws CliException, IOException {
        CommandSpec spec = flags.command();
        if (flags.has("--help") || !(spec.userObject() instanceof Command command)) {
            terminal.println(help(spec.commandLine()));
            return;
        }
        command.run(flags, terminal);
    }

    private int fail(CliException e, Flags flags) {
        terminal.err().println("Error: " + oneLine(e.getMessage()));
        if (flags.bool("--debug", false)) {
            e.printStackTrace(terminal.err());
        }
        return 1;
    }

    // A tree of every command is half of the time a short command takes, so only those are built
    // whose name is on the line; all of them if none is, or if the line is about the commands.
    private static CommandLine commandLine(Set<String> words) {
        CommandSpec root = CommandSpec.create().name("tetra");
        root.usageMessage()
                .description("Watches and controls an agent that speaks Tetragon's gRPC API.");
        Globals.addTo(root);
        boolean all =
                words.contains("help")
                        || words.contains("completion")
                        || COMMANDS.stream().noneMatch(name -> isNamed(name, words));
        for (String name : COMMANDS) {
            if (all || isNamed(name, words)) {
                root.addSubcommand(name, command(name));
            }
        }
        CommandLine line = new CommandLine(root);
        line.setAllowSubcommandsAsOptionParameters(true);
        line.setAllowOptionsAsOptionParameters(true);
        line.setUsageHelpWidth(100);
        shortSynopsis(line);
        return line;
    }

    private static boolean isNamed(String command, Set<String> words) {
        return words.contains(command) || words.contains(ALIASES.getOrDefault(command, command));
    }

    private static CommandSpec command(String name) {
        return switch (name) {
            case "getevents" -> new GetEventsCommand().spec();
            case "status" -> new StatusCommand().spec();
            case "version" -> new VersionCommand().spec();
            case "info" -> new InfoCommand().spec();
            case "tracingpolicy" -> TracingPolicyCommand.group();
            case "sensors" -> SensorsCommand.group();
            case "loglevel" -> LogLevelCommand.group();
            case "policyfilter" -> PolicyFilterCommand.group();
            case "rthooks" -> RuntimeHooksCommand.group();
            case "completion" -> new Completion().spec();
            case "help" -> new HelpCommand().spec();
            default -> throw new IllegalStateException(name);
        };
    }

    // The generated one would list every global flag on every page, above the text that matters.
    private static void shortSynopsis(CommandLine line) {
        CommandSpec spec = line.getCommandSpec();
        StringBuilder synopsis = new StringBuilder(spec.qualifiedName());
        spec.positionalParameters().forEach(p -> synopsis.append(' ').append(p.paramLabel()));
        synopsis.append(spec.subcommands().isEmpty() ? " [FLAGS]" : " COMMAND [FLAGS]");
        spec.usageMessage().customSynopsis(synopsis.toString());
        line.getSubcommands().values().forEach(Tetra::shortSynopsis);
    }

    private static String help(CommandLine line) {
        return line.getUsageMessage(Ansi.OFF).stripTrailing();
    }

    private static String usageError(ParameterException e) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        String what = oneLine(e.getMessage());
        if (e instanceof UnmatchedArgumentException unknown && !unknown.getUnmatched().isEmpty()) {
            String first = oneLine(unknown.getUnmatched().get(0));
            boolean takesCommand = !e.getCommandLine().getSubcommands().isEmpty();
            what =
                    (unknown.isUnknownOption()
                                    ? "unknown flag "
                                    : takesCommand ? "unknown command " : "unknown argument ")
                            + first;
        } else if (e instanceof MissingParameterException missing
                && !missing.getMissing().isEmpty()
                && missing.getMissing().get(0).isPositional()) {
            what = missing.getMissing().get(0).paramLabel() + " is missing";
        }
        return what + "; see " + command + " --help";
    }

    private static String oneLine(@Nullable String text) {
        return text == null ? "unknown" : text.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    /** {@code tetra help [COMMAND...]}. */
    private static final class HelpCommand implements Command {
        @Override
        public CommandSpec spec() {
            CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
            spec.usageMessage().description("Prints the help of a command.");
            spec.addPositional(
                    PositionalParamSpec.builder()
                            .type(List.class)
                            .auxiliaryTypes(String.class)
                            .arity("0..*")
                            .paramLabel("COMMAND")
                            .description("Name of a command")
                            .build());
            return spec;
        }

        @Override
        public void run(Flags flags, Terminal terminal) throws CliException, IOException {
            CommandLine at = flags.command().root().commandLine();
            List<String> names = flags.parameters();
            for (String name : names) {
                CommandLine below = at.getSubcommands().get(name);
                if (below == null) {
                    throw new CliException(
                            "there is no command \"" + String.join(" ", names) + "\"; see tetra --help");
                }
                at = below;
            }
            terminal.println(help(at));
        }
    }

    /** {@code tetra completion bash|zsh}. */
    private static final class Completion implements Command {
        @Override
        public CommandSpec spec() {
            CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
            spec.usageMessage().description("Prints a completion script, to be sourced by the shell.");
            spec.addPositional(Flags.parameter("SHELL", "bash or zsh"));
            return spec;
        }

        @Override
        public void run(Flags flags, Terminal terminal) throws CliException, IOException {
            String shell = flags.parameter(0).toLowerCase(Locale.ROOT);
            if (!shell.equals("bash") && !shell.equals("zsh")) {
                throw new CliException("there is no completion for \"" + shell + "\": use bash or zsh");
            }
            terminal.println(AutoComplete.bash("tetra", flags.command().root().commandLine()));
        }
    }
}
