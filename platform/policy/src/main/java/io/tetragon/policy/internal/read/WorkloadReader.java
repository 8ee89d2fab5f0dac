// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.schema.Value.TextValue;
import io.tetragon.policy.model.LabelSelector;
import io.tetragon.policy.model.LabelSelector.Expression;
import io.tetragon.policy.model.LabelSelector.Operator;
import io.tetragon.policy.model.PolicyKind;
import io.tetragon.policy.model.Workloads;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the selectors of pods, containers, hosts and nodes. */
final class WorkloadReader {
    private final Scope scope;

    WorkloadReader(Scope scope) {
        this.scope = scope;
    }

    /** Reads the three selectors that {@code spec} and {@code matchWorkloads} have in common. */
    Workloads workloads(Section section) {
        return new Workloads(0, pods(section), containers(section), host(section));
    }

    /** Reads the selector of nodes, or null when it is not given. */
    @Nullable LabelSelector nodes(Section section) {
        LabelSelector selector = selector(section, "nodeSelector");
        if (selector != null && !scope.context().kubernetes()) {
            scope.error(section, "nodeSelector", "nodeSelector without Kubernetes",
                    "the agent knows of no labels, so the restriction could not be kept",
                    "start the agent with --enable-k8s-api or remove it");
        }
        return selector;
    }

    private @Nullable LabelSelector pods(Section section) {
        LabelSelector selector = filter(section, "podSelector");
        if (selector != null && !selector.selectsAll() && !scope.context().kubernetes()
                && scope.context().policyFilter()) {
            scope.error(section, "podSelector", "podSelector with labels without Kubernetes",
                    "the agent knows of no labels, so the restriction could not be kept",
                    "start the agent with --enable-k8s-api, write {} for every pod, or select by namespace or container");
        }
        return selector;
    }

    /** Reads a selector that needs the policy filter. */
    private @Nullable LabelSelector filter(Section section, String field) {
        LabelSelector selector = selector(section, field);
        if (selector != null && !scope.context().policyFilter()) {
            scope.error(section, field, field + " without policy filter",
                    "the agent knows of no containers, so the restriction could not be kept",
                    "start the agent with --enable-policy-filter or remove it");
        }
        return selector;
    }

    private @Nullable LabelSelector selector(Section section, String field) {
        Section labels = section.section(field);
        if (labels == null) {
            return null;
        }
        List<Expression> expressions = new ArrayList<>();
        for (Section expression : labels.sections("matchExpressions")) {
            if (expression.has("operator")) {
                expressions.add(expression(expression));
            }
        }
        return new LabelSelector(labels.at(), labels.textMap("matchLabels"), expressions);
    }

    private Expression expression(Section section) {
        Operator operator = switch (section.text("operator")) {
            case "In" -> Operator.IN;
            case "NotIn" -> Operator.NOT_IN;
            case "Exists" -> Operator.EXISTS;
            default -> Operator.DOES_NOT_EXIST;
        };
        boolean compares = operator == Operator.IN || operator == Operator.NOT_IN;
        List<String> values = section.texts("values").stream().map(TextValue::text).toList();
        if (compares == values.isEmpty() && section.whole()) {
            scope.error(section, "values", compares ? "no values" : values.size() + " values",
                    section.text("operator") + (compares ? " compares with at least one" : " takes none"), "");
        }
        return new Expression(section.text("key"), operator, values);
    }

    private @Nullable LabelSelector containers(Section section) {
        LabelSelector selector = filter(section, "containerSelector");
        if (selector != null) {
            Set<String> keys = new LinkedHashSet<>(selector.matchLabels().keySet());
            selector.matchExpressions().forEach(expression -> keys.add(expression.key()));
            for (String key : keys) {
                if (!key.equals("name") && !key.equals("repo")) {
                    scope.error(section, "containerSelector", "unknown key " + Problems.quote(key),
                            "containers are selected by name and repo", "");
                }
            }
        }
        return selector;
    }

    private boolean host(Section section) {
        LabelSelector selector = filter(section, "hostSelector");
        if (selector == null) {
            return false;
        }
        if (!selector.matchLabels().isEmpty() || !selector.matchExpressions().isEmpty()) {
            scope.error(section, "hostSelector", "hostSelector with labels", "the host has none", "write {}");
        }
        if (scope.kind() == PolicyKind.NAMESPACED) {
            scope.error(section, "hostSelector", "hostSelector in a " + PolicyKind.NAMESPACED.word(),
                    "the host is in no namespace", "remove it or write a TracingPolicy");
        }
        return true;
    }
}
