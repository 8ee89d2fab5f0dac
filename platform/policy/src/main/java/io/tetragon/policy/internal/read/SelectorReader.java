// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Nearest;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.schema.Value;
import io.tetragon.policy.internal.schema.Value.ListValue;
import io.tetragon.policy.internal.schema.Value.TextValue;
import io.tetragon.policy.model.ArgumentFilter;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.Workloads;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the selectors of a hook, their macros put in place. */
final class SelectorReader {
    private static final List<String> FILTERS = List.of("matchPIDs", "matchArgs", "matchData", "matchReturnArgs",
            "matchBinaries", "matchParentBinaries", "matchNamespaces", "matchNamespaceChanges", "matchCapabilities",
            "matchCapabilityChanges");

    private final Scope scope;
    private final Hook hook;

    SelectorReader(Scope scope, Hook hook) {
        this.scope = scope;
        this.hook = hook;
    }

    List<Selector> selectors(Section section) {
        List<Selector> selectors = new ArrayList<>();
        for (Section selector : scope.unlessFull(section.sections("selectors"))) {
            selectors.add(selector(expanded(selector)));
        }
        return selectors;
    }

    private Selector selector(Section section) {
        for (String field : FILTERS) {
            if (section.value(field) instanceof ListValue list && list.items().isEmpty() && section.whole()) {
                scope.warning(section, field, field + " is empty", "it restricts nothing",
                        "remove it or give it filters");
            }
        }
        FilterReader filters = new FilterReader(scope, hook);
        ProcessFilterReader process = new ProcessFilterReader(scope);
        ActionReader actions = new ActionReader(scope, hook);
        if (!section.sections("matchReturnActions").isEmpty() && !hook.returns() && hook.sound()) {
            scope.error(section, "matchReturnActions", "matchReturnActions without a return value",
                    hook.kind().returns() ? "the hook does not wait for one" : hook.kind().title() + " has none",
                    hook.kind().returns() ? "add return: true and returnArg" : "write matchActions");
        }
        return new Selector(
                section.at(),
                section.text("label"),
                process.pids(section),
                filters.args(section),
                hook.kind().tracepoint() || hook.data().isEmpty() ? noData(section) : filters.data(section),
                filters.returned(section),
                process.binaries(section, "matchBinaries"),
                process.binaries(section, "matchParentBinaries"),
                process.namespaces(section),
                process.namespaceChanges(section),
                process.capabilities(section, "matchCapabilities"),
                process.capabilities(section, "matchCapabilityChanges"),
                workloads(section),
                actions.actions(section, "matchActions"),
                actions.actions(section, "matchReturnActions"));
    }

    private Workloads workloads(Section section) {
        Section given = section.section("matchWorkloads");
        Workloads workloads = given == null ? Workloads.ALL : new WorkloadReader(scope).workloads(given);
        if (!workloads.restricted()) {
            return Workloads.ALL;
        }
        Workloads numbered = scope.numbered(workloads);
        if (numbered.number() == Limits.WORKLOADS + 1) {
            scope.error(section, "matchWorkloads", "too many different matchWorkloads",
                    "the limit is " + Limits.WORKLOADS + " in a policy", "divide it");
        }
        return numbered;
    }

    private List<ArgumentFilter> noData(Section section) {
        if (!section.sections("matchData").isEmpty() && hook.sound()) {
            scope.error(section, "matchData", "matchData without data", "the hook reads none", "add data to the hook");
        }
        return List.of();
    }

    private Section expanded(Section selector) {
        Map<String, Value> added = new LinkedHashMap<>();
        Map<String, String> origins = new LinkedHashMap<>();
        for (TextValue name : scope.unlessFull(selector.texts("macros"))) {
            Section macro = scope.macros().get(name.text());
            if (macro == null) {
                scope.error(name, "unknown macro " + Problems.quote(name.text()), "spec.selectorsMacros has none of "
                        + "that name", Nearest.hint(name.text(), scope.macros().keySet()));
                continue;
            }
            scope.usedMacros().add(name.text());
            if (scope.addMacroNodes(macro.size()) > Limits.MACRO_NODES) {
                scope.error(name, "the policy's macros grow too large",
                        "the limit is " + Limits.MACRO_NODES + " nodes where they are used", "");
                break;
            }
            for (String field : macro.given()) {
                Value value = macro.value(field);
                if (field.equals("macros") || value == null) {
                    continue;
                }
                String other = selector.has(field) ? "the selector itself" : origins.get(field);
                if (other != null) {
                    scope.error(name, "macro " + Problems.quote(name.text()) + " has " + field,
                            "it is already given by " + other, "keep one of them");
                } else {
                    origins.put(field, "macro " + Problems.quote(name.text()));
                    added.put(field, value);
                }
            }
        }
        return added.isEmpty() ? selector : selector.with(added);
    }
}
