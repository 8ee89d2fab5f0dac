// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.PolicyContext;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.schema.Value;
import io.tetragon.policy.internal.value.ValueException;
import io.tetragon.policy.internal.value.ValueParser;
import io.tetragon.policy.model.ListSpec;
import io.tetragon.policy.model.PolicyKind;
import io.tetragon.policy.model.Workloads;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the readers of one policy know in common, and what they count. Confined to the parsing thread. */
final class Scope {
    private final PolicyContext context;
    private final Problems problems;
    private final PolicyKind kind;
    private final Map<String, ListSpec> lists;
    private final Map<String, Section> macros;
    private final boolean enforcer;
    private final ValueParser values;
    private final Set<String> usedMacros = new HashSet<>();
    private final Map<Workloads, Integer> selected = new HashMap<>();
    private int macroNodes;
    private int generatedLists;
    private int substrings;
    private int expressions;

    Scope(PolicyContext context, Problems problems, PolicyKind kind, Map<String, ListSpec> lists,
            Map<String, Section> macros, boolean enforcer) {
        this.context = context;
        this.problems = problems;
        this.kind = kind;
        this.lists = lists;
        this.macros = macros;
        this.enforcer = enforcer;
        this.values = new ValueParser(lists);
    }

    PolicyContext context() {
        return context;
    }

    PolicyKind kind() {
        return kind;
    }

    Map<String, ListSpec> lists() {
        return lists;
    }

    Map<String, Section> macros() {
        return macros;
    }

    boolean enforcer() {
        return enforcer;
    }

    ValueParser values() {
        return values;
    }

    Set<String> usedMacros() {
        return usedMacros;
    }

    /** Counts and returns the nodes that macros added so far. */
    int addMacroNodes(int nodes) {
        macroNodes += nodes;
        return macroNodes;
    }

    /** Returns the restriction of a selector with the number that it has within the policy. */
    Workloads numbered(Workloads workloads) {
        int number = selected.computeIfAbsent(workloads, key -> selected.size() + 1);
        return new Workloads(number, workloads.pods(), workloads.containers(), workloads.host());
    }

    /** Counts and returns the SubString values so far. */
    int addSubstring() {
        return ++substrings;
    }

    /** Counts and returns the CEL expressions so far. */
    int addExpression() {
        return ++expressions;
    }

    /**
     * The items, up to the one at which so much is wrong that reading on is idle. Wrong items cost the search for what
     * was meant; a text full of them must not cost it a hundred thousand times.
     */
    <T> Iterable<T> unlessFull(List<T> items) {
        return () -> new Iterator<>() {
            private final Iterator<T> all = items.iterator();

            @Override
            public boolean hasNext() {
                return !problems.full() && all.hasNext();
            }

            @Override
            public T next() {
                return all.next();
            }
        };
    }

    /** Counts and returns the generated lists so far. */
    int addGeneratedList() {
        return ++generatedLists;
    }

    void error(Section section, String field, String what, String why, String remedy) {
        problems.error(section.at(field), section.where(field), what, why, remedy);
    }

    void error(Value value, String what, String why, String remedy) {
        problems.error(value.at(), value.where(), what, why, remedy);
    }

    void error(Value value, String what, ValueException e) {
        problems.error(value.at(), value.where(), what, e.why(), e.remedy());
    }

    void warning(Section section, String field, String what, String why, String remedy) {
        problems.warning(section.at(field), section.where(field), what, why, remedy);
    }

    void warning(Value value, String what, String why, String remedy) {
        problems.warning(value.at(), value.where(), what, why, remedy);
    }
}
