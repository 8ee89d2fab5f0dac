// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal;

import io.tetragon.cli.internal.client.AgentConnection;
import io.tetragon.cli.internal.events.EventJson;
import io.tetragon.cli.internal.events.GoQuote;
import io.tetragon.cli.internal.policy.PolicyMode;
import io.tetragon.proto.AddTracingPolicyRequest;
import io.tetragon.proto.ConfigureTracingPolicyRequest;
import io.tetragon.proto.DeleteTracingPolicyRequest;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.ListDomainsRequest;
import io.tetragon.proto.ListDomainsResponse;
import io.tetragon.proto.ListTracingPoliciesRequest;
import io.tetragon.proto.ListTracingPoliciesResponse;
import io.tetragon.proto.TracingPolicyMode;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tetra tracingpolicy add|delete|list|enable|disable|set-mode|modify|generate|domains}. */
final class TracingPolicyCommand implements Command {
    private static final String MODES = "enforce or monitor";

    private enum Action {
        ADD("Loads a policy from a file.", "FILE"),
        DELETE("Unloads a policy.", "NAME"),
        LIST("Lists the policies, their state, memory in the kernel, mode, and how often their actions ran."),
        ENABLE("Enables a policy.", "NAME"),
        DISABLE("Disables a policy, which stays loaded.", "NAME"),
        SET_MODE("Switches a loaded policy between enforcing and monitoring.", "NAME", "MODE"),
        MODIFY("Prints the policy of a file with another mode.", "FILE"),
        DOMAINS("Lists the domains that hold policies.");

        final String help;
        final List<String> parameters;

        Action(String help, String... parameters) {
            this.help = help;
            this.parameters = List.of(parameters);
        }

        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        boolean namesPolicy() {
            return parameters.contains("NAME");
        }

        boolean readsFile() {
            return parameters.contains("FILE");
        }

        boolean prints() {
            return this == LIST || this == DOMAINS;
        }
    }

    private final Action action;

    private TracingPolicyCommand(Action action) {
        this.action = action;
    }

    /** The command that holds them all. */
    static CommandSpec group() {
        CommandSpec group = CommandSpec.create();
        group.aliases("tp");
        group.usageMessage().description("Manages the tracing policies of the agent.");
        for (Action action : Action.values()) {
            group.addSubcommand(action.word(), new TracingPolicyCommand(action).spec());
        }
        group.addSubcommand("generate", GenerateCommand.group());
        return group;
    }

    @Override
    public CommandSpec spec() {
        CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
        spec.usageMessage().description(action.help);
        for (int i = 0; i < action.parameters.size(); i++) {
            String label = action.parameters.get(i);
            spec.addPositional(
                    Flags.parameter(
                            i,
                            label,
                            switch (label) {
                                case "FILE" -> "The policy, YAML";
                                case "MODE" -> MODES;
                                default -> "Name of the policy";
                            }));
        }
        if (action.namesPolicy()) {
            spec.addOption(
                    Flags.text("NAMESPACE", "Namespace of the policy (default none)", "-n", "--namespace"));
        }
        if (action.readsFile()) {
            spec.addOption(Flags.text("MODE", MODES + " (default as the policy says)", "-m", "--mode"));
        }
        if (action.prints()) {
            spec.addOption(Flags.text("FORMAT", "text or json (default text)", "-o", "--output"));
        }
        if (action != Action.MODIFY && action != Action.DOMAINS) {
            spec.addOption(
                    Flags.text(
                            "DOMAIN",
                            action == Action.LIST
                                    ? "Only the policies of this domain (default all)"
                                    : "Domain of the policy (default grpc)",
                            "--domain"));
        }
        return spec;
    }

    @Override
    public void run(Flags flags, Terminal terminal) throws CliException, IOException {
        if (action == Action.MODIFY) {
            String text = policy(flags);
            terminal.println(text.endsWith("\n") ? text.substring(0, text.length() - 1) : text);
            return;
        }
        boolean json = action.prints() && json(flags);
        String yaml = action == Action.ADD ? policy(flags) : "";
        TracingPolicyMode mode =
                action == Action.SET_MODE ? mode(flags.parameter(1)) : TracingPolicyMode.UNRECOGNIZED;
        String result;
        try (AgentConnection agent = Globals.connect(flags)) {
            result =
                    switch (action) {
                        case ADD -> add(agent, flags, yaml);
                        case DELETE -> delete(agent, flags);
                        case LIST -> list(agent, flags, json);
                        case DOMAINS -> domains(agent, json);
                        case ENABLE, DISABLE -> configure(
                                agent, flags, configuration(flags).setEnable(action == Action.ENABLE));
                        case SET_MODE -> configure(agent, flags, configuration(flags).setMode(mode));
                        case MODIFY -> throw new IllegalStateException(action.name());
                    };
        }
        if (!result.isEmpty()) {
            terminal.println(result);
        }
    }

    private static String add(AgentConnection agent, Flags flags, String yaml) throws CliException {
        agent.call(
                FineGuidanceSensorsGrpc.getAddTracingPolicyMethod(),
                AddTracingPolicyRequest.newBuilder().setYaml(yaml).setDomain(domain(flags)).build());
        return done(flags, "added");
    }

    private static String delete(AgentConnection agent, Flags flags) throws CliException {
        agent.call(
                FineGuidanceSensorsGrpc.getDeleteTracingPolicyMethod(),
                DeleteTracingPolicyRequest.newBuilder()
                        .setName(flags.parameter(0))
                        .setNamespace(flags.text("--namespace", ""))
                        .setDomain(domain(flags))
                        .build());
        return done(flags, "deleted");
    }

    private static ConfigureTracingPolicyRequest.Builder configuration(Flags flags) {
        return ConfigureTracingPolicyRequest.newBuilder()
                .setName(flags.parameter(0))
                .setNamespace(flags.text("--namespace", ""))
                .setDomain(domain(flags));
    }

    private String configure(AgentConnection agent, Flags flags, ConfigureTracingPolicyRequest.Builder to)
            throws CliException {
        agent.call(FineGuidanceSensorsGrpc.getConfigureTracingPolicyMethod(), to.build());
        return done(
                flags,
                switch (action) {
                    case ENABLE -> "enabled";
                    case DISABLE -> "disabled";
                    default -> "set to " + flags.parameter(1) + " mode";
                });
    }

    private static String list(AgentConnection agent, Flags flags, boolean json) throws CliException {
        ListTracingPoliciesResponse policies =
                agent.call(
                        FineGuidanceSensorsGrpc.getListTracingPoliciesMethod(),
                        ListTracingPoliciesRequest.newBuilder().setDomain(domain(flags)).build());
        return json ? PolicyListing.json(policies) : PolicyListing.text(policies);
    }

    private static String domains(AgentConnection agent, boolean json) throws CliException {
        ListDomainsResponse domains =
                agent.call(
                        FineGuidanceSensorsGrpc.getListDomainsMethod(), ListDomainsRequest.getDefaultInstance());
        if (json) {
            StringBuilder out = new StringBuilder();
            EventJson.write(domains, out);
            return out.toString();
        }
        return String.join("\n", domains.getDomainsList().stream().map(GoQuote::maybe).toList());
    }

    /** The text of the policy, its mode as the flag says. */
    private static String policy(Flags flags) throws CliException {
        String file = flags.parameter(0);
        String text = PolicyFile.read(file);
        if (!flags.has("--mode")) {
            return text;
        }
        String mode = flags.text("--mode", "");
        mode(mode);
        try {
            return PolicyMode.set(text, mode);
        } catch (CliException e) {
            throw new CliException(file + ": " + e.getMessage(), e);
        }
    }

    private static TracingPolicyMode mode(String word) throws CliException {
        return switch (word) {
            case "enforce" -> TracingPolicyMode.TP_MODE_ENFORCE;
            case "monitor" -> TracingPolicyMode.TP_MODE_MONITOR;
            default -> throw new CliException("there is no mode \"" + word + "\": use " + MODES);
        };
    }

    private static boolean json(Flags flags) throws CliException {
        String format = flags.text("--output", "text");
        if (!format.equals("text") && !format.equals("json")) {
            throw new CliException("invalid value \"" + format + "\" for --output: use text, json");
        }
        return format.equals("json");
    }

    private static String domain(Flags flags) {
        return flags.text("--domain", "");
    }

    private static String done(Flags flags, String what) {
        return "tracing policy " + GoQuote.quote(flags.parameter(0)) + " " + what;
    }
}
