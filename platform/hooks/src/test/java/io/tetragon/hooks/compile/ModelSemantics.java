// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.policy.ArgumentTyping;
import io.tetragon.policy.model.ArgumentFilter;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.model.CapabilityFilter;
import io.tetragon.policy.model.CelExpression;
import io.tetragon.policy.model.FilterValue;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.NamespaceChangeFilter;
import io.tetragon.policy.model.NamespaceFilter;
import io.tetragon.policy.model.NamespaceKind;
import io.tetragon.policy.model.Operator;
import io.tetragon.policy.model.PidFilter;
import io.tetragon.policy.model.Selector;
import io.tetragon.policy.model.SyscallName;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What the filters of a policy mean, straight from the model and without regard to how programs do it. */
final class ModelSemantics {
    private final HookSpec spec;
    private final List<ArgumentType> types;
    private final long hostNamespace;

    ModelSemantics(HookSpec spec, List<ArgumentType> types, long hostNamespace) {
        this.spec = spec;
        this.types = types;
        this.hostNamespace = hostNamespace;
    }

    boolean holds(Selector selector, List<Value> values, Caller caller) {
        Stream<ArgumentFilter> data = selector.data().stream().map(filter -> new ArgumentFilter(filter.at(),
                filter.arguments().stream().map(i -> i + spec.args().size()).toList(), filter.operator(),
                filter.values()));
        return selector.pids().stream().allMatch(filter -> pid(filter, caller))
                && selector.binaries().stream().allMatch(f -> binary(f, caller.binary(), caller.ancestors()))
                && selector.parentBinaries().stream().allMatch(f -> binary(f, caller.parentBinary(),
                        caller.ancestors().stream().skip(1).toList()))
                && selector.namespaces().stream().allMatch(filter -> namespace(filter, caller))
                && selector.namespaceChanges().stream().allMatch(filter -> namespaceChange(filter, caller))
                && selector.capabilities().stream().allMatch(f -> capability(f, caller, false))
                && selector.capabilityChanges().stream().allMatch(f -> capability(f, caller, true))
                && Stream.concat(selector.args().stream(), data).allMatch(filter -> argument(filter, values));
    }

    private static boolean pid(PidFilter filter, Caller caller) {
        List<Caller> lineage = new ArrayList<>(List.of(caller));
        if (filter.followForks()) {
            lineage.addAll(caller.ancestors());
        }
        return filter.negated() != lineage.stream()
                .anyMatch(p -> filter.pids().contains(filter.inNamespace() ? p.namespacePid() : p.pid()));
    }

    private static boolean binary(BinaryFilter filter, String own, List<Caller> above) {
        boolean negated = filter.match().word().startsWith("Not");
        boolean inSet = TestBinaries.contains(filter, own) || filter.followChildren()
                && above.stream().anyMatch(ancestor -> TestBinaries.contains(filter, ancestor.binary()));
        return negated != inSet;
    }

    private boolean namespace(NamespaceFilter filter, Caller caller) {
        long number = caller.namespaces().get(filter.namespace().ordinal());
        return filter.negated() != (filter.inodes().contains(number) || filter.host() && number == hostNamespace);
    }

    private static boolean namespaceChange(NamespaceChangeFilter filter, Caller caller) {
        return Stream.of(NamespaceKind.values()).filter(kind -> filter.negated() != filter.namespaces().contains(kind))
                .anyMatch(kind -> !caller.namespaces().get(kind.ordinal())
                        .equals(caller.namespacesAtExec().get(kind.ordinal())));
    }

    private static boolean capability(CapabilityFilter filter, Caller caller, boolean change) {
        int set = List.of("PERMITTED", "EFFECTIVE", "INHERITABLE").indexOf(filter.set().name());
        long bits = caller.capabilities().get(set) ^ (change ? caller.capabilitiesAtExec().get(set) : 0);
        return (!filter.inNamespace() || !caller.hostUser()) && filter.negated() != ((bits & filter.mask()) != 0);
    }

    private boolean argument(ArgumentFilter written, List<Value> values) {
        ArgumentType type = types.get(written.arguments().get(0));
        ArgumentFilter filter;
        try {
            filter = ArgumentTyping.typed(written, type);
        } catch (TetragonException e) {
            throw new AssertionError(e);
        }
        List<Value> own = filter.arguments().stream().map(values::get).toList();
        Operator operator = filter.operator();
        List<Value> needed = operator == Operator.CEL_EXPR
                ? referred(((FilterValue.Expression) filter.values().get(0)).expression()).mapToObj(own::get).toList()
                : own;
        if (needed.stream().anyMatch(Value.Unread.class::isInstance)) {
            return false;
        }
        if (operator == Operator.CAPABILITIES_GAINED) {
            return (((Value.Num) own.get(0)).value() & ~((Value.Num) own.get(1)).value()) != 0;
        }
        boolean negated = operator.name().startsWith("NOT_");
        Operator plain = negated ? Operator.valueOf(operator.name().substring(4)) : operator;
        boolean any = plain == Operator.SPORT_PRIV || plain == Operator.DPORT_PRIV
                ? port((Value.Sock) own.get(0), plain == Operator.SPORT_PRIV) < 1024
                : filter.values().stream().anyMatch(value -> one(plain, value, own, type));
        return negated != any;
    }

    private static boolean one(Operator operator, FilterValue value, List<Value> own, ArgumentType type) {
        if (value instanceof FilterValue.Expression expression) {
            return truth(expression.expression(), own);
        }
        if (value instanceof FilterValue.Text text) {
            return text(operator, ((Value.Text) own.get(0)).bytes(), text.bytes());
        }
        if (value instanceof FilterValue.Subnet subnet) {
            Value.Sock sock = (Value.Sock) own.get(0);
            return within(operator == Operator.SADDR ? sock.saddr() : sock.daddr(), subnet);
        }
        long actual = actual(operator, own.get(0));
        boolean signed = type.signed() && own.get(0) instanceof Value.Num;
        if (value instanceof FilterValue.ListReference reference) {
            return reference.list().syscalls().stream().map(SyscallName.class::cast)
                    .flatMapToLong(name -> Syscalls.number(name).stream()).anyMatch(number -> number == actual);
        }
        if (value instanceof FilterValue.Range range) {
            return compare(actual, range.from(), signed) >= 0 && compare(actual, range.to(), signed) <= 0;
        }
        long number = ((FilterValue.Number) value).value();
        return switch (operator) {
            case GREATER_THAN -> compare(actual, number, signed) > 0;
            case LESS_THAN -> compare(actual, number, signed) < 0;
            case MASK -> (actual & number & widthMask(type)) != 0;
            default -> actual == number;
        };
    }

    private static long widthMask(ArgumentType type) {
        return type.bits() == 0 || type.bits() == 64 ? -1 : (1L << type.bits()) - 1;
    }

    private static int compare(long a, long b, boolean signed) {
        return big(a, signed).compareTo(big(b, signed));
    }

    private static BigInteger big(long value, boolean signed) {
        return signed ? BigInteger.valueOf(value) : new BigInteger(Long.toUnsignedString(value));
    }

    private static long actual(Operator operator, Value value) {
        return switch (operator) {
            case SPORT -> port((Value.Sock) value, true);
            case DPORT -> port((Value.Sock) value, false);
            case PROTOCOL -> ((Value.Sock) value).protocol();
            case STATE -> ((Value.Sock) value).state();
            case FAMILY -> value instanceof Value.Sock sock ? sock.family() : ((Value.Text) value).family();
            case FILE_TYPE -> ((Value.Text) value).mode() & 0170000;
            default -> ((Value.Num) value).value();
        };
    }

    private static int port(Value.Sock sock, boolean source) {
        return source ? sock.sport() : sock.dport();
    }

    private static boolean text(Operator operator, byte[] actual, byte[] wanted) {
        String text = new String(actual, StandardCharsets.ISO_8859_1);
        String part = new String(wanted, StandardCharsets.ISO_8859_1);
        return switch (operator) {
            case EQUAL -> text.equals(part);
            case PREFIX -> text.startsWith(part);
            case POSTFIX -> text.endsWith(part);
            case SUB_STRING -> text.contains(part);
            case SUB_STRING_IGN_CASE -> ascii(text).contains(ascii(part));
            default -> throw new IllegalStateException(operator.word());
        };
    }

    private static String ascii(String text) {
        StringBuilder lower = new StringBuilder();
        text.chars().forEach(c -> lower.append(c < 128 ? String.valueOf((char) c).toLowerCase(Locale.ROOT) : (char) c));
        return lower.toString();
    }

    private static boolean within(byte[] address, FilterValue.Subnet subnet) {
        byte[] net = subnet.address().getAddress();
        return address.length == net.length && IntStream.range(0, subnet.prefixLength())
                .allMatch(bit -> ((address[bit / 8] ^ net[bit / 8]) >> 7 - bit % 8 & 1) == 0);
    }

    private static IntStream referred(CelExpression expression) {
        if (expression instanceof CelExpression.ArgumentRef reference) {
            return IntStream.of(reference.argument());
        } else if (expression instanceof CelExpression.Unary unary) {
            return referred(unary.operand());
        }
        return expression instanceof CelExpression.Binary binary
                ? IntStream.concat(referred(binary.left()), referred(binary.right())) : IntStream.empty();
    }

    private static boolean truth(CelExpression expression, List<Value> values) {
        return number(expression, values) != 0;
    }

    private static long number(CelExpression expression, List<Value> values) {
        if (expression instanceof CelExpression.Literal literal) {
            return literal.value();
        } else if (expression instanceof CelExpression.Truth truth) {
            return truth.value() ? 1 : 0;
        } else if (expression instanceof CelExpression.ArgumentRef reference) {
            return ((Value.Num) values.get(reference.argument())).value();
        } else if (expression instanceof CelExpression.Unary unary) {
            long value = number(unary.operand(), values);
            return switch (unary.operator()) {
                case NOT -> value == 0 ? 1 : 0;
                case NEGATE -> -value;
                case BIT_NOT -> ~value;
                case INT32 -> (int) value;
                case UINT32 -> value & 0xffffffffL;
            };
        }
        CelExpression.Binary binary = (CelExpression.Binary) expression;
        long left = number(binary.left(), values);
        long right = number(binary.right(), values);
        return switch (binary.operator()) {
            case OR -> left != 0 || right != 0 ? 1 : 0;
            case AND -> left != 0 && right != 0 ? 1 : 0;
            case EQUAL -> left == right ? 1 : 0;
            case NOT_EQUAL -> left != right ? 1 : 0;
            case LESS -> left < right ? 1 : 0;
            case LESS_OR_EQUAL -> left <= right ? 1 : 0;
            case GREATER -> left > right ? 1 : 0;
            case GREATER_OR_EQUAL -> left >= right ? 1 : 0;
            case ADD -> left + right;
            case SUBTRACT -> left - right;
            case BIT_AND -> left & right;
            case BIT_OR -> left | right;
            case BIT_XOR -> left ^ right;
        };
    }
}
