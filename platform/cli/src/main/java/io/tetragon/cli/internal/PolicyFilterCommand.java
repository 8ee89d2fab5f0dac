// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.bpf.BpfException;
import io.tetragon.cli.internal.kernel.CgroupFolder;
import io.tetragon.cli.internal.kernel.PolicyFilterMaps;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code tetra policyfilter dump|add|cgroupid|listpolicies}: looks into the kernel's maps of the policy filter, which a running
 * agent has pinned, without asking the agent.
 */
final class PolicyFilterCommand implements Command {
    private static final String DEFAULT_MAP = "/sys/fs/bpf/tetragon/policy_filter_maps";

    private enum Action {
        DUMP("Prints the cgroups of each filter, and the filters of each cgroup where the agent keeps them."),
        ADD("Adds a cgroup to a filter, until the agent changes it."),
        CGROUPID("Prints the number of a cgroup."),
        LISTPOLICIES("Prints the filters that a container's cgroup is in.");

        final String help;

        Action(String help) {
            this.help = help;
        }
    }

    private final Action action;

    private PolicyFilterCommand(Action action) {
        this.action = action;
    }

    /** The command that holds the four. */
    static CommandSpec group() {
        CommandSpec group = CommandSpec.create();
        group.usageMessage().description("Looks into the policy filter of this machine's agent.").hidden(true);
        for (Action action : Action.values()) {
            group.addSubcommand(action.name().toLowerCase(Locale.ROOT), new PolicyFilterCommand(action).spec());
        }
        return group;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description(action.help);
        if (action != Action.CGROUPID) {
            spec.addOption(Flags.text("FILE", "Where the agent pinned the map (default " + DEFAULT_MAP + ")", "--map-fname"));
        }
        switch (action) {
            case ADD -> {
                spec.addPositional(Flags.parameter(0, "POLICY", "Number of the filter, FILTERID of tracingpolicy list"));
                spec.addPositional(Flags.parameter(1, "CGROUP", "The cgroup"));
                spec.addOption(Flags.text("TYPE", "What CGROUP is: id or file (default id)", "--arg-type"));
            }
            case CGROUPID -> spec.addPositional(Flags.parameter("FILE", "Folder of the cgroup"));
            case LISTPOLICIES -> {
                spec.addPositional(Flags.parameter("CONTAINER", "Number or folder of the container's cgroup"));
                spec.addOption(Flags.text("SOCKET", "Socket of the container runtime; not used yet", "-r",
                        "--runtime-endpoint"));
                spec.addOption(Flags.text("DIR", "Where the cgroups are mounted, for relative folders", "--cgroup-mount"));
            }
            case DUMP -> { }
        }
        return spec;
    }

    @Override
    public void run(Flags flags, Terminal terminal) throws CliException, IOException {
        try {
            switch (action) {
                case DUMP -> dump(flags, terminal);
                case ADD -> add(flags);
                case CGROUPID -> terminal.println(Long.toUnsignedString(new CgroupFolder(path(flags.parameter(0))).id()));
                case LISTPOLICIES -> list(flags, terminal);
            }
        } catch (BpfException e) {
            throw new CliException(e.getMessage(), e);
        }
    }

    private static void dump(Flags flags, Terminal terminal) throws CliException, IOException {
        try (PolicyFilterMaps maps = maps(flags)) {
            terminal.println("--- Direct Map ---");
            for (Map.Entry<Integer, ? extends Collection<Long>> filter : maps.filters().entrySet()) {
                terminal.println(Integer.toUnsignedString(filter.getKey()) + ": " + filter.getValue().stream()
                        .map(PolicyFilterCommand::cgroup).collect(Collectors.joining(",")));
            }
            if (maps.hasCgroups()) {
                terminal.println("--- Reverse Map ---");
                for (Map.Entry<Long, ? extends Collection<Integer>> cgroup : maps.cgroups().entrySet()) {
                    terminal.println(cgroup(cgroup.getKey()) + ": " + cgroup.getValue().stream()
                            .map(Integer::toUnsignedString).collect(Collectors.joining(",")));
                }
            }
        }
    }

    private static String cgroup(long id) {
        return id == PolicyFilterMaps.HOST ? "host" : Long.toUnsignedString(id);
    }

    private static void add(Flags flags) throws CliException {
        int filter = (int) number("filter", flags.parameter(0), 0xFFFF_FFFFL);
        String type = flags.text("--arg-type", "id");
        CgroupFolder folder = switch (type) {
            case "id" -> CgroupFolder.find(number("cgroup", flags.parameter(1), -1));
            case "file" -> new CgroupFolder(path(flags.parameter(1)));
            default -> throw new CliException("invalid value \"" + type + "\" for --arg-type: use id, file");
        };
        try (PolicyFilterMaps maps = maps(flags)) {
            maps.add(filter, folder);
        }
    }

    private static void list(Flags flags, Terminal terminal) throws CliException, IOException {
        String container = flags.parameter(0);
        long cgroup;
        if (container.chars().allMatch(c -> c >= '0' && c <= '9')) {
            cgroup = number("cgroup", container, -1);
        } else if (container.indexOf('/') >= 0) {
            String mount = flags.text("--cgroup-mount", "");
            cgroup = new CgroupFolder(mount.isEmpty() ? path(container) : path(mount + "/" + container)).id();
        } else {
            throw new CliException("container \"" + container + "\" is not found by its id: this version asks no container"
                    + " runtime; give the number or the folder of its cgroup");
        }
        try (PolicyFilterMaps maps = maps(flags)) {
            for (int filter : maps.filtersOf(cgroup)) {
                terminal.println(Integer.toUnsignedString(filter));
            }
        }
    }

    private static PolicyFilterMaps maps(Flags flags) throws CliException {
        return PolicyFilterMaps.open(path(flags.text("--map-fname", DEFAULT_MAP)));
    }

    private static long number(String what, String text, long most) throws CliException {
        try {
            long number = Long.parseUnsignedLong(text);
            if (Long.compareUnsigned(number, most) <= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below, as what is too large.
        }
        throw new CliException("invalid " + what + " \"" + text + "\": give its number");
    }

    private static Path path(String text) throws CliException {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new CliException("invalid path \"" + text + "\"", e);
        }
    }
}
