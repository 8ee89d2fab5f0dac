// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.value.OperatorTable;
import io.tetragon.policy.internal.value.ValueException;
import io.tetragon.policy.internal.value.ValueKind;
import io.tetragon.policy.internal.value.ValueParser;
import io.tetragon.policy.model.ArgumentFilter;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.FilterValue;
import io.tetragon.policy.model.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Completes filters on arguments of type auto, once the kernel's types have told what they are. Thread-safe. */
public final class ArgumentTyping {
    private ArgumentTyping() {}

    /** Whether an operator compares arguments of a type at all. */
    public static boolean supports(ArgumentType type, Operator operator) {
        return OperatorTable.kind(type, operator) != null;
    }

    /**
     * Returns the filter with every value typed.
     *
     * @param type what the filter's argument turned out to be, not AUTO
     * @throws TetragonException INVALID_ARGUMENT when the type lacks the operator or a value does not fit it
     */
    public static ArgumentFilter typed(ArgumentFilter filter, ArgumentType type) throws TetragonException {
        ValueKind kind = OperatorTable.kind(type, filter.operator());
        String what = filter.at() + ": operator " + filter.operator().word() + " on type " + type.words().get(0);
        if (kind == null || type == ArgumentType.AUTO) {
            throw wrong(what, "it has " + String.join(", ", OperatorTable.words(type)), "");
        }
        ValueParser parser = new ValueParser(Map.of());
        List<FilterValue> values = new ArrayList<>(filter.values().size());
        for (FilterValue value : filter.values()) {
            if (!(value instanceof FilterValue.Untyped)) {
                if (value instanceof FilterValue.ListReference && type != ArgumentType.SYSCALL64) {
                    throw wrong(what, "system calls compare with arguments of type syscall64 only", "");
                }
                values.add(value);
                continue;
            }
            try {
                values.add(parser.parse(value.written(), kind, type, filter.arguments().size()));
            } catch (ValueException e) {
                throw wrong(what + ", value " + Problems.quote(value.written()), e.why(), e.remedy());
            }
        }
        return new ArgumentFilter(filter.at(), filter.arguments(), filter.operator(), values);
    }

    private static TetragonException wrong(String what, String why, String remedy) {
        return new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, what, why, remedy);
    }
}
