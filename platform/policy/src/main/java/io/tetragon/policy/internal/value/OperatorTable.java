// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.value;

import io.tetragon.policy.model.ArgumentClass;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.Operator;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which operators an argument type has, and what their values are: the one place that knows. */
public final class OperatorTable {
    private static final Map<ArgumentClass, Map<Operator, ValueKind>> TABLE = table();

    private OperatorTable() {}

    /** Returns the kind of an operator's values on a type, or null when the type lacks the operator. */
    public static @Nullable ValueKind kind(ArgumentType type, Operator operator) {
        if (operator == Operator.FILE_TYPE || operator == Operator.NOT_FILE_TYPE) {
            boolean inode = type == ArgumentType.FILE || type == ArgumentType.PATH || type == ArgumentType.AUTO;
            return inode ? ValueKind.FILE_TYPE : null;
        }
        return operators(type).get(operator);
    }

    /** Returns the words of the operators of a type, for an error. */
    public static List<String> words(ArgumentType type) {
        List<String> words = new ArrayList<>();
        for (Operator operator : Operator.values()) {
            if (kind(type, operator) != null) {
                words.add(operator.word());
            }
        }
        return words;
    }

    private static Map<Operator, ValueKind> operators(ArgumentType type) {
        return TABLE.getOrDefault(type.valueClass(), Map.of());
    }

    private static Map<ArgumentClass, Map<Operator, ValueKind>> table() {
        Map<ArgumentClass, Map<Operator, ValueKind>> table = new EnumMap<>(ArgumentClass.class);
        table.put(ArgumentClass.INTEGER, row()
                .add(ValueKind.NUMBER, Operator.EQUAL, Operator.NOT_EQUAL, Operator.GREATER_THAN, Operator.LESS_THAN)
                .add(ValueKind.BITS, Operator.MASK)
                .add(ValueKind.SET, Operator.IN_MAP, Operator.NOT_IN_MAP)
                .add(ValueKind.RANGE, Operator.IN_RANGE, Operator.NOT_IN_RANGE)
                .add(ValueKind.EXPRESSION, Operator.CEL_EXPR).operators);
        table.put(ArgumentClass.CAPABILITIES, row()
                .add(ValueKind.CAPABILITIES, Operator.EQUAL, Operator.NOT_EQUAL, Operator.MASK)
                .add(ValueKind.NONE, Operator.CAPABILITIES_GAINED).operators);
        table.put(ArgumentClass.TEXT, texts().operators);
        table.put(ArgumentClass.PATH, texts().operators);
        table.put(ArgumentClass.SOCKET, row()
                .add(ValueKind.ADDRESS, Operator.SADDR, Operator.NOT_SADDR, Operator.DADDR, Operator.NOT_DADDR)
                .add(ValueKind.PORT, Operator.SPORT, Operator.NOT_SPORT, Operator.DPORT, Operator.NOT_DPORT)
                .add(ValueKind.NONE, Operator.SPORT_PRIV, Operator.NOT_SPORT_PRIV, Operator.DPORT_PRIV,
                        Operator.NOT_DPORT_PRIV)
                .add(ValueKind.PROTOCOL, Operator.PROTOCOL)
                .add(ValueKind.FAMILY, Operator.FAMILY)
                .add(ValueKind.STATE, Operator.STATE).operators);
        table.put(ArgumentClass.SOCKET_ADDRESS, row()
                .add(ValueKind.ADDRESS, Operator.SADDR, Operator.NOT_SADDR)
                .add(ValueKind.PORT, Operator.SPORT, Operator.NOT_SPORT)
                .add(ValueKind.NONE, Operator.SPORT_PRIV, Operator.NOT_SPORT_PRIV)
                .add(ValueKind.FAMILY, Operator.FAMILY).operators);
        table.put(ArgumentClass.UNIX_ADDRESS, row()
                .add(ValueKind.FAMILY, Operator.FAMILY)
                .add(ValueKind.TEXT, Operator.EQUAL, Operator.NOT_EQUAL)
                .add(ValueKind.PREFIX, Operator.PREFIX, Operator.NOT_PREFIX)
                .add(ValueKind.SUBSTRING, Operator.SUB_STRING, Operator.SUB_STRING_IGN_CASE).operators);
        table.put(ArgumentClass.UNKNOWN, unknown(table));
        return table;
    }

    private static Row texts() {
        return row()
                .add(ValueKind.TEXT, Operator.EQUAL, Operator.NOT_EQUAL)
                .add(ValueKind.PREFIX, Operator.PREFIX, Operator.NOT_PREFIX)
                .add(ValueKind.POSTFIX, Operator.POSTFIX, Operator.NOT_POSTFIX)
                .add(ValueKind.SUBSTRING, Operator.SUB_STRING, Operator.SUB_STRING_IGN_CASE);
    }

    /** A type still to be deduced has every operator; values that mean one thing only are read at once. */
    private static Map<Operator, ValueKind> unknown(Map<ArgumentClass, Map<Operator, ValueKind>> table) {
        Map<Operator, ValueKind> all = new EnumMap<>(Operator.class);
        for (Map<Operator, ValueKind> operators : table.values()) {
            operators.forEach((operator, kind) -> all.merge(operator, typed(kind) ? ValueKind.UNTYPED : kind,
                    (a, b) -> a == b ? a : ValueKind.UNTYPED));
        }
        return all;
    }

    private static boolean typed(ValueKind kind) {
        return switch (kind) {
            case NUMBER, BITS, RANGE, SET -> true;
            default -> false;
        };
    }

    private static Row row() {
        return new Row();
    }

    private static final class Row {
        private final Map<Operator, ValueKind> operators = new EnumMap<>(Operator.class);

        private Row add(ValueKind kind, Operator... added) {
            for (Operator operator : added) {
                operators.put(operator, kind);
            }
            return this;
        }
    }
}
