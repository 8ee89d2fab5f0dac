// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.read;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.schema.Value.TextValue;
import io.tetragon.policy.internal.schema.Value.WholeValue;
import io.tetragon.policy.internal.value.OperatorTable;
import io.tetragon.policy.internal.value.ValueException;
import io.tetragon.policy.internal.value.ValueKind;
import io.tetragon.policy.model.Argument;
import io.tetragon.policy.model.ArgumentFilter;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.FilterValue;
import io.tetragon.policy.model.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads {@code matchArgs}, {@code matchData} and {@code matchReturnArgs}. */
final class FilterReader {
    private final Scope scope;
    private final Hook hook;

    FilterReader(Scope scope, Hook hook) {
        this.scope = scope;
        this.hook = hook;
    }

    List<ArgumentFilter> args(Section selector) {
        List<ArgumentFilter> filters = new ArrayList<>();
        for (Section section : scope.unlessFull(selector.sections("matchArgs"))) {
            List<Integer> positions = positions(section, hook.args(), "args");
            if (positions != null) {
                add(section, positions, types(hook.args(), positions), filters);
            }
        }
        return filters;
    }

    List<ArgumentFilter> data(Section selector) {
        List<ArgumentFilter> filters = new ArrayList<>();
        for (Section section : scope.unlessFull(selector.sections("matchData"))) {
            List<Integer> positions = positions(section, hook.data(), "data");
            if (positions != null) {
                add(section, positions, types(hook.data(), positions), filters);
            }
        }
        return filters;
    }

    List<ArgumentFilter> returned(Section selector) {
        List<ArgumentFilter> filters = new ArrayList<>();
        List<Section> sections = selector.sections("matchReturnArgs");
        Argument returned = hook.returnArg();
        if (!sections.isEmpty() && (!hook.kind().returns() || !hook.returns() || returned == null)) {
            if (hook.sound()) {
                scope.error(selector, "matchReturnArgs", "matchReturnArgs without a return value",
                        hook.kind().returns() ? "the hook does not wait for one" : hook.kind().title() + " has none",
                        hook.kind().returns() ? "add return: true and returnArg" : "remove it");
            }
            return filters;
        }
        for (Section section : scope.unlessFull(sections)) {
            long index = section.whole("index", returned == null ? 0 : returned.index());
            if (section.has("args") || returned != null && index != returned.index()) {
                scope.error(section, section.has("args") ? "args" : "index", "not the return value",
                        "there is one return value", "write the index of returnArg");
            } else if (returned != null) {
                add(section, List.of(), List.of(returned.type()), filters);
            }
        }
        return filters;
    }

    /** The arguments a filter is about; null when they cannot be told, which is then reported. */
    private @Nullable List<Integer> positions(Section section, List<Argument> known, String list) {
        if (!section.whole() || !hook.sound()) {
            return null;
        }
        boolean expression = section.text("operator").equals(Operator.CEL_EXPR.word());
        if (section.has("args") && section.has("index")) {
            scope.error(section, "args", "both index and args", "they name the same thing", "keep one of them");
            return null;
        }
        if (section.has("args")) {
            return listed(section, known, list);
        }
        if (expression && !section.has("index")) {
            return IntStream.range(0, known.size()).boxed().toList();
        }
        long index = section.whole("index", 0);
        int position = known == hook.args() ? hook.position(index) : (int) Math.min(index, Integer.MAX_VALUE);
        if (position < 0 || position >= known.size()) {
            String why = known.isEmpty() ? "the hook has no " + list
                    : known == hook.args() ? "the hook reads arguments " + hook.indexes()
                    : "data has entries 0 to " + (known.size() - 1);
            scope.error(section, "index", "no argument with index " + index, why, "add it to " + list);
            return null;
        }
        return List.of(position);
    }

    private @Nullable List<Integer> listed(Section section, List<Argument> known, String list) {
        List<Integer> positions = new ArrayList<>();
        for (WholeValue value : scope.unlessFull(section.wholes("args"))) {
            if (value.whole() >= known.size()) {
                scope.error(value, "no entry " + value.whole() + " in " + list,
                        "args counts the entries of " + list + " from 0; there are " + known.size(), "");
                return null;
            }
            positions.add((int) value.whole());
        }
        Operator operator = Operator.of(section.text("operator"));
        int wanted = operator == Operator.CAPABILITIES_GAINED ? 2 : operator == Operator.CEL_EXPR ? -1 : 1;
        if (wanted >= 0 && positions.size() != wanted || positions.isEmpty()) {
            scope.error(section, "args", positions.size() + " arguments",
                    operator.word() + " takes " + (wanted < 0 ? "at least one" : String.valueOf(wanted)), "");
            return null;
        }
        return positions;
    }

    private static List<ArgumentType> types(List<Argument> known, List<Integer> positions) {
        return positions.stream().map(position -> known.get(position).type()).toList();
    }

    private void add(Section section, List<Integer> positions, List<ArgumentType> types, List<ArgumentFilter> to) {
        if (!section.whole()) {
            return;
        }
        Operator operator = Operator.of(section.text("operator"));
        if (operator == Operator.CAPABILITIES_GAINED && positions.size() != 2) {
            scope.error(section, "operator", "CapabilitiesGained with one argument",
                    "it compares a new set with an old one", "write args: [new, old]");
            return;
        }
        ValueKind kind = null;
        for (ArgumentType type : types) {
            kind = OperatorTable.kind(type, operator);
            if (kind == null) {
                List<String> words = OperatorTable.words(type);
                scope.error(section, "operator", "operator " + operator.word() + " on type " + type.words().get(0),
                        words.isEmpty() ? "the type cannot be filtered" : "it has " + String.join(", ", words), "");
                return;
            }
        }
        if (kind == null) {
            scope.error(section, "operator", "operator " + operator.word() + " without arguments",
                    "the hook has none", "add args");
            return;
        }
        to.add(new ArgumentFilter(section.at(), positions, operator, values(section, operator, kind, types)));
    }

    private List<FilterValue> values(Section section, Operator operator, ValueKind kind, List<ArgumentType> types) {
        List<TextValue> written = section.texts("values");
        if (written.isEmpty() && kind != ValueKind.NONE) {
            scope.error(section, "values", "no values", operator.word() + " compares with at least one", "");
        }
        if (kind == ValueKind.EXPRESSION && written.size() > 1) {
            scope.error(section, "values", written.size() + " values", operator.word() + " takes one",
                    "join them with || or write one filter each");
        }
        List<FilterValue> values = new ArrayList<>(written.size());
        for (TextValue value : scope.unlessFull(written)) {
            count(value, kind);
            try {
                values.add(scope.values().parse(value.text(), kind, types.get(0), types.size()));
            } catch (ValueException e) {
                scope.error(value, "wrong value " + Problems.quote(value.text()) + " for " + operator.word()
                        + (operator == Operator.CEL_EXPR ? "" : " on type " + types.get(0).words().get(0)), e);
            }
        }
        return values;
    }

    private void count(TextValue value, ValueKind kind) {
        if (kind == ValueKind.SUBSTRING && scope.addSubstring() == Limits.SUBSTRINGS + 1) {
            scope.error(value, "too many SubString values", "the limit is " + Limits.SUBSTRINGS + " per policy", "");
        }
        if (kind == ValueKind.EXPRESSION && scope.addExpression() == Limits.EXPRESSIONS + 1) {
            scope.error(value, "too many CEL expressions", "the limit is " + Limits.EXPRESSIONS + " per policy", "");
        }
    }
}
