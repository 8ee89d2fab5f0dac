// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.cli.internal.policy.GeneratedPolicies;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tetra tracingpolicy generate ...}: prints a policy; no agent is asked. */
final class GenerateCommand implements Command {
    private enum Kind {
        EMPTY("Prints a policy without hooks.", null, "", ""),
        ALL_SYSCALLS("Prints a policy with a hook per system call.", null, "", ""),
        ALL_SYSCALLS_LIST("Prints a policy with one hook on a list of all system calls.", null, "", ""),
        FTRACE_LIST(
                "Prints a policy with one hook on a list of this kernel's functions.",
                "--regex", "-r", "Functions whose name this expression is found in"),
        UPROBES("Prints a policy with hooks on a program's functions.", "--binary", "-b", "Program or library"),
        USDTS("Prints a policy with hooks on a program's static trace points.", "--binary", "-b",
                "Program or library"),
        PERSISTENT(
                "Prints a policy that kills whoever else takes away what the agent pinned.",
                "--match-binary", "-m", "The agent's own binary, which may");

        final String help;
        final @Nullable String flag;
        final String shortFlag;
        final String flagHelp;

        Kind(String help, @Nullable String flag, String shortFlag, String flagHelp) {
            this.help = help;
            this.flag = flag;
            this.shortFlag = shortFlag;
            this.flagHelp = flagHelp;
        }
    }

    private final Kind kind;

    private GenerateCommand(Kind kind) {
        this.kind = kind;
    }

    /** The command that holds them all. */
    static CommandSpec group() {
        CommandSpec group = CommandSpec.create();
        group.usageMessage().description("Prints a policy to start from.");
        for (Kind kind : Kind.values()) {
            group.addSubcommand(
                    kind.name().toLowerCase(Locale.ROOT).replace('_', '-'), new GenerateCommand(kind).spec());
        }
        return group;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description(kind.help);
        if (kind.flag != null) {
            String label = kind == Kind.FTRACE_LIST ? "REGEX" : "PATH";
            spec.addOption(Flags.text(label, kind.flagHelp, kind.shortFlag, kind.flag));
        }
        return spec;
    }

    @Override
    public void run(Flags flags, Terminal terminal) throws CliException, IOException {
        String policy =
                switch (kind) {
                    case EMPTY -> GeneratedPolicies.empty();
                    case ALL_SYSCALLS -> GeneratedPolicies.allSyscalls();
                    case ALL_SYSCALLS_LIST -> GeneratedPolicies.allSyscallsList();
                    case FTRACE_LIST -> GeneratedPolicies.functionList(value(flags));
                    case UPROBES -> GeneratedPolicies.uprobes(
                            path(flags), line -> terminal.err().println("Warning: " + line));
                    case USDTS -> GeneratedPolicies.usdts(path(flags));
                    case PERSISTENT -> GeneratedPolicies.persistent(path(flags));
                };
        terminal.println(policy.stripTrailing());
    }

    private Path path(Flags flags) throws CliException {
        String value = value(flags);
        try {
            return Path.of(value);
        } catch (InvalidPathException e) {
            throw new CliException("invalid " + kind.flag + " \"" + value + "\": it is no path", e);
        }
    }

    private String value(Flags flags) throws CliException {
        String value = kind.flag == null ? "" : flags.text(kind.flag, "");
        if (value.isEmpty()) {
            throw new CliException(kind.flag + " is missing: give it, or see " + flags.command().qualifiedName()
                    + " --help");
        }
        return value;
    }
}
