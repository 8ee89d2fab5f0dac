// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.PolicyContext;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.EnforcerSpec;
import io.tetragon.policy.model.LabelSelector;
import io.tetragon.policy.model.PolicyKind;
import io.tetragon.policy.model.PolicyOptions;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.model.Workloads;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Reads a policy whose fields have the declared types, and checks what holds between them. */
public final class PolicyReader {
    private final Scope scope;
    private final Section policy;
    private final Section metadata;
    private final Section spec;

    private PolicyReader(Scope scope, Section policy, Section metadata, Section spec) {
        this.scope = scope;
        this.policy = policy;
        this.metadata = metadata;
        this.spec = spec;
    }

    /** Returns the model, which is of use only when no problem was reported. */
    public static TracingPolicy read(
            Section policy, Section metadata, Section spec, PolicyContext context, Problems problems) {
        PolicyKind kind = policy.text("kind").equals(PolicyKind.NAMESPACED.word())
                ? PolicyKind.NAMESPACED
                : PolicyKind.CLUSTER;
        boolean enforcer = spec.has("enforcers") || spec.has("killers");
        Map<String, Section> macros = spec.sectionMap("selectorsMacros");
        Scope scope = new Scope(context, problems, kind, new LinkedHashMap<>(), macros, enforcer);
        return new PolicyReader(scope, policy, metadata, spec).policy();
    }

    private TracingPolicy policy() {
        checkName();
        String namespace = namespace();
        new ListReader(scope).lists(spec);
        EnforcerSpec enforcer = new CallReader(scope).enforcer(spec);
        PolicyOptions options = new OptionReader(scope).options(spec);
        WorkloadReader workloadReader = new WorkloadReader(scope);
        Workloads workloads = workloadReader.workloads(spec);
        LabelSelector nodes = workloadReader.nodes(spec);
        checkLoader(workloads);
        checkMacros();
        HookReader hooks = new HookReader(scope);
        UserHookReader userHooks = new UserHookReader(scope, hooks);
        TracingPolicy model = new TracingPolicy(scope.kind(), metadata.text("name"), namespace,
                metadata.textMap("labels"), metadata.textMap("annotations"), hooks.kprobes(spec), hooks.fentries(spec),
                hooks.tracepoints(spec), userHooks.uprobes(spec), userHooks.usdts(spec), hooks.lsmHooks(spec),
                spec.flag("loader", false), List.copyOf(scope.lists().values()), enforcer, options, workloads, nodes);
        if (model.hooks().isEmpty() && !model.loader() && spec.whole()) {
            scope.warning(policy, "spec", "the policy has no hook", "it observes nothing", "");
        }
        warnOfUnusedMacros();
        warnOfIdleEnforcer(model);
        return model;
    }

    private void checkName() {
        String name = metadata.text("name");
        if (metadata.has("name") && !Names.subdomain(name)) {
            scope.error(metadata, "name", "wrong name " + Problems.quote(name),
                    "a name has up to 253 lower case letters, digits, '-' and '.', and begins and ends with a letter "
                            + "or digit", "");
        }
    }

    private String namespace() {
        boolean given = metadata.has("namespace");
        String namespace = metadata.text("namespace");
        if (scope.kind() == PolicyKind.CLUSTER) {
            if (given && policy.has("kind")) {
                scope.error(metadata, "namespace", "namespace in a TracingPolicy",
                        "it is for the whole cluster and would not be restricted",
                        "remove it or write kind: TracingPolicyNamespaced");
            }
            return "";
        }
        if (!scope.context().policyFilter()) {
            scope.error(policy, "kind", "TracingPolicyNamespaced without policy filter",
                    "the agent knows of no namespaces, so the restriction could not be kept",
                    "start the agent with --enable-policy-filter or write kind: TracingPolicy");
        }
        if (given && !Names.label(namespace)) {
            scope.error(metadata, "namespace", "wrong namespace " + Problems.quote(namespace),
                    "it has up to 63 lower case letters, digits and '-', and begins and ends with a letter or digit",
                    "");
        }
        if (!given && scope.context().policyFilter() && scope.context().defaultNamespace().isEmpty()
                && metadata.whole()) {
            scope.error(metadata, "field \"namespace\" is missing", "a TracingPolicyNamespaced is for one namespace",
                    "name it");
        }
        for (String section : List.of("uprobes", "usdts")) {
            if (spec.count(section) > 0) {
                scope.error(spec, section, section + " in a TracingPolicyNamespaced",
                        "programs outside the namespace run them too", "write a TracingPolicy");
            }
        }
        return given ? namespace : scope.context().defaultNamespace();
    }

    private void checkLoader(Workloads workloads) {
        if (spec.flag("loader", false) && (workloads.restricted() || scope.kind() == PolicyKind.NAMESPACED)) {
            scope.error(spec, "loader", "loader with a restriction to workloads", "libraries are reported of all "
                    + "processes", "put it into a policy of its own");
        }
    }

    private void checkMacros() {
        for (Section macro : scope.macros().values()) {
            if (macro.has("macros")) {
                scope.error(macro, "macros", "macro that uses macros", "a macro has fields only", "write them out");
            }
        }
    }

    private void warnOfIdleEnforcer(TracingPolicy model) {
        boolean notified = model.hooks().stream()
                .flatMap(hook -> hook.selectors().stream())
                .anyMatch(selector -> Stream.concat(selector.actions().stream(), selector.returnActions().stream())
                        .anyMatch(Action.NotifyEnforcer.class::isInstance));
        if (model.enforcer() != null && !notified && spec.whole()) {
            scope.warning(spec, spec.has("enforcers") ? "enforcers" : "killers", "enforcer that no action notifies",
                    "it never acts", "add the action NotifyEnforcer to a selector");
        }
    }

    private void warnOfUnusedMacros() {
        scope.macros().forEach((name, macro) -> {
            if (!scope.usedMacros().contains(name)) {
                scope.warning(macro, "macro " + Problems.quote(name) + " is not used", "", "");
            }
        });
    }
}
