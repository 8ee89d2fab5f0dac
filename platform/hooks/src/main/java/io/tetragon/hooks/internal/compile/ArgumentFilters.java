// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.NearestNames;
import io.tetragon.hooks.compile.Syscalls;
import io.tetragon.hooks.internal.abi.HookFilterFlags;
import io.tetragon.hooks.internal.abi.HookOperator;
import io.tetragon.hooks.internal.abi.HookSubject;
import io.tetragon.hooks.internal.abi.HookView;
import io.tetragon.policy.ArgumentTyping;
import io.tetragon.policy.model.ArgumentClass;
import io.tetragon.policy.model.ArgumentFilter;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.FilterValue;
import io.tetragon.policy.model.ListSpec;
import io.tetragon.policy.model.ListType;
import io.tetragon.policy.model.Operator;
import io.tetragon.policy.model.SyscallName;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/** Compiles filters on arguments. Used by one thread. */
final class ArgumentFilters {
    /** Ports below this one are for the privileged. */
    private static final int UNPRIVILEGED_PORT = 1024;

    private final Values values;
    private final CompileErrors errors;

    ArgumentFilters(Values values, CompileErrors errors) {
        this.values = values;
        this.errors = errors;
    }

    /**
     * Compiles a filter.
     *
     * @param written with values that may still await their type
     * @param slots the filter's arguments, in its order
     */
    Filter compile(ArgumentFilter written, List<Slot> slots) throws TetragonException {
        ArgumentFilter filter = written;
        for (Slot slot : slots) {
            filter = ArgumentTyping.typed(filter, slot.resolved().type());
        }
        ArgumentType type = slots.get(0).resolved().type();
        Filter started = Filter.of(cost(slots.get(0)), HookSubject.SUBJECT_ARGUMENT, HookOperator.OPERATOR_EQUAL)
                .slot(slots.get(0).resolved().slot()).with(HookFilterFlags.FILTER_NOT, negated(filter.operator()));
        return switch (filter.operator()) {
            case EQUAL, NOT_EQUAL -> text(type) ? text(filter, started, type, HookOperator.OPERATOR_EXACT)
                    : set(filter, started, type);
            case IN_MAP, NOT_IN_MAP, IN_RANGE, NOT_IN_RANGE -> set(filter, started, type);
            case GREATER_THAN, LESS_THAN -> beyond(filter, started, type);
            case MASK -> mask(filter, started, type);
            case PREFIX, NOT_PREFIX -> text(filter, started, type, HookOperator.OPERATOR_PREFIX);
            case POSTFIX, NOT_POSTFIX -> text(filter, started, type, HookOperator.OPERATOR_POSTFIX);
            case SUB_STRING -> substring(filter, started, false);
            case SUB_STRING_IGN_CASE -> substring(filter, started, true);
            case SADDR, NOT_SADDR -> address(filter, started.view(HookView.VIEW_SADDR));
            case DADDR, NOT_DADDR -> address(filter, started.view(HookView.VIEW_DADDR));
            case SPORT, NOT_SPORT -> view(filter, started, HookView.VIEW_SPORT);
            case DPORT, NOT_DPORT -> view(filter, started, HookView.VIEW_DPORT);
            case SPORT_PRIV, NOT_SPORT_PRIV -> privileged(filter, started.view(HookView.VIEW_SPORT));
            case DPORT_PRIV, NOT_DPORT_PRIV -> privileged(filter, started.view(HookView.VIEW_DPORT));
            case PROTOCOL -> view(filter, started, HookView.VIEW_PROTOCOL);
            case FAMILY -> view(filter, started, HookView.VIEW_FAMILY);
            case STATE -> view(filter, started, HookView.VIEW_STATE);
            case FILE_TYPE, NOT_FILE_TYPE -> view(filter, started, HookView.VIEW_FILE_TYPE);
            case CAPABILITIES_GAINED -> started.operator(Filter.Cost.MEMORY, HookOperator.OPERATOR_CAPABILITIES_GAINED)
                    .other(slots.get(1).resolved().slot());
            case CEL_EXPR -> expression(filter, started, slots);
        };
    }

    private static boolean negated(Operator operator) {
        return switch (operator) {
            case NOT_EQUAL, NOT_IN_MAP, NOT_IN_RANGE, NOT_PREFIX, NOT_POSTFIX, NOT_SADDR, NOT_DADDR, NOT_SPORT, NOT_DPORT,
                    NOT_SPORT_PRIV, NOT_DPORT_PRIV, NOT_FILE_TYPE -> true;
            default -> false;
        };
    }

    private static boolean text(ArgumentType type) {
        return switch (type.valueClass()) {
            case TEXT, PATH, UNIX_ADDRESS -> true;
            default -> false;
        };
    }

    private static Filter.Cost cost(Slot slot) {
        ArgumentClass valueClass = slot.resolved().type().valueClass();
        return switch (valueClass) {
            case INTEGER -> slot.steps().isEmpty() ? Filter.Cost.REGISTER : Filter.Cost.MEMORY;
            case SOCKET, SOCKET_ADDRESS -> Filter.Cost.SOCKET;
            case PATH -> Filter.Cost.FILE;
            case TEXT, UNIX_ADDRESS -> Filter.Cost.TEXT;
            default -> Filter.Cost.MEMORY;
        };
    }

    private Filter set(ArgumentFilter filter, Filter started, ArgumentType type) throws TetragonException {
        return values.among(filter.at(), started, intervals(filter, type.signed()), type.signed());
    }

    private Intervals intervals(ArgumentFilter filter, boolean signed) throws TetragonException {
        Intervals set = new Intervals(signed);
        for (FilterValue value : filter.values()) {
            if (value instanceof FilterValue.Number number) {
                set.add(number.value(), number.value());
            } else if (value instanceof FilterValue.Range range) {
                set.add(range.from(), range.to());
            } else if (value instanceof FilterValue.ListReference reference) {
                addSyscalls(filter, reference.list(), set);
            }
        }
        return set;
    }

    /** A list that the kernel's functions were generated from has names that are no system calls of this architecture. */
    private void addSyscalls(ArgumentFilter filter, ListSpec list, Intervals set) throws TetragonException {
        for (SyscallName name : list.syscalls()) {
            OptionalLong number = Syscalls.number(name);
            if (number.isPresent()) {
                set.add(number.getAsLong(), number.getAsLong());
            } else if (name.abi() == SyscallName.Abi.ARM64 || name.abi() == SyscallName.Abi.ARM32) {
                errors.warn(filter.at(), "list " + list.name() + ": " + name.written()
                        + " is no system call of this architecture");
            } else if (list.type() == ListType.SYSCALLS) {
                NearestNames nearest = new NearestNames(name.name(), 1);
                SyscallTable.get().names(name.abi() == SyscallName.Abi.I386).forEach(nearest::offer);
                throw errors.wrong(filter.at(), "list " + list.name() + ": no system call " + name.written(),
                        "x86-64 has none of that name",
                        nearest.names().isEmpty() ? "" : "did you mean " + nearest.names().get(0) + "?");
            }
        }
    }

    /** More than one of several values is more than the smallest of them. */
    private Filter beyond(ArgumentFilter filter, Filter started, ArgumentType type) throws TetragonException {
        boolean greater = filter.operator() == Operator.GREATER_THAN;
        Intervals set = new Intervals(type.signed());
        for (FilterValue value : filter.values()) {
            long bound = ((FilterValue.Number) value).value();
            long last = greater ? highest(type) : lowest(type);
            if (bound != last) {
                set.add(greater ? bound + 1 : last, greater ? last : bound - 1);
            }
        }
        return values.among(filter.at(), started, set, type.signed());
    }

    private static long highest(ArgumentType type) {
        return type.signed() ? Long.MAX_VALUE : -1L;
    }

    private static long lowest(ArgumentType type) {
        return type.signed() ? Long.MIN_VALUE : 0;
    }

    private Filter mask(ArgumentFilter filter, Filter started, ArgumentType type) {
        long bits = 0;
        for (FilterValue value : filter.values()) {
            bits |= ((FilterValue.Number) value).value();
        }
        boolean narrow = type.bits() > 0 && type.bits() < Long.SIZE;
        return started.operator(started.cost(), HookOperator.OPERATOR_MASK)
                .value(narrow ? bits & (1L << type.bits()) - 1 : bits);
    }

    private Filter text(ArgumentFilter filter, Filter started, ArgumentType type, int operator) {
        boolean reversed = operator == HookOperator.OPERATOR_POSTFIX;
        List<byte[]> texts = new ArrayList<>();
        int longest = 0;
        for (FilterValue value : filter.values()) {
            byte[] text = type == ArgumentType.SOCKADDR_UN ? unixName((FilterValue.Text) value)
                    : ((FilterValue.Text) value).bytes();
            longest = Math.max(longest, text.length);
            texts.add(reversed ? reversed(text) : text);
        }
        MapEntries.Texts added = values.maps.texts(operator, texts, operator == HookOperator.OPERATOR_EXACT);
        return started.operator(started.cost(), operator).key(added.key()).pool(added.firstLong(), added.longs())
                .longest(reversed ? longest : 0).with(HookFilterFlags.FILTER_LONG_TEXTS, added.longs() > 0);
    }

    /** Abstract names are written and shown with an @ for the NUL that they begin with; what programs read has neither. */
    private static byte[] unixName(FilterValue.Text value) {
        byte[] written = value.bytes();
        return written.length > 0 && written[0] == '@' ? Arrays.copyOfRange(written, 1, written.length) : written;
    }

    private static byte[] reversed(byte[] text) {
        byte[] turned = new byte[text.length];
        for (int i = 0; i < text.length; i++) {
            turned[i] = text[text.length - 1 - i];
        }
        return turned;
    }

    private Filter substring(ArgumentFilter filter, Filter started, boolean fold) {
        List<byte[]> texts = filter.values().stream().map(value -> ((FilterValue.Text) value).bytes())
                .map(text -> fold ? folded(text) : text).toList();
        int operator = fold ? HookOperator.OPERATOR_SUBSTRING_FOLD : HookOperator.OPERATOR_SUBSTRING;
        return started.operator(Filter.Cost.SUBSTRING, operator).pool(values.maps.substrings(texts), texts.size());
    }

    /** The kernel knows letters of ASCII only. */
    private static byte[] folded(byte[] text) {
        byte[] lower = text.clone();
        for (int i = 0; i < lower.length; i++) {
            lower[i] = lower[i] >= 'A' && lower[i] <= 'Z' ? (byte) (lower[i] + ('a' - 'A')) : lower[i];
        }
        return lower;
    }

    private Filter address(ArgumentFilter filter, Filter started) {
        List<MapEntries.Subnet> subnets = filter.values().stream().map(FilterValue.Subnet.class::cast)
                .map(subnet -> new MapEntries.Subnet(ByteBuffer.wrap(subnet.address().getAddress()),
                        subnet.prefixLength()))
                .toList();
        return started.operator(Filter.Cost.SUBNET, HookOperator.OPERATOR_SUBNET).key(values.maps.addresses(subnets));
    }

    private Filter view(ArgumentFilter filter, Filter started, int view) throws TetragonException {
        return values.among(filter.at(), started.view(view), intervals(filter, false), false);
    }

    private Filter privileged(ArgumentFilter filter, Filter started) throws TetragonException {
        Intervals set = new Intervals(false);
        set.add(0, UNPRIVILEGED_PORT - 1);
        return values.among(filter.at(), started, set, false);
    }

    private Filter expression(ArgumentFilter filter, Filter started, List<Slot> slots) throws TetragonException {
        FilterValue.Expression value = (FilterValue.Expression) filter.values().get(0);
        List<CelCode.Operation> code =
                CelCode.of(value.expression(), slots.stream().map(slot -> slot.resolved().slot()).toList());
        return started.operator(Filter.Cost.SET, HookOperator.OPERATOR_CEL)
                .pool(values.operations.add(filter.at(), code), code.size());
    }
}
