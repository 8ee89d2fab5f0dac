// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.bpf.BpfMap;
import io.tetragon.hooks.compile.Compiled.Flt;
import io.tetragon.hooks.internal.abi.HookAddressKey;
import io.tetragon.hooks.internal.abi.HookCelOperation;
import io.tetragon.hooks.internal.abi.HookFilterFlags;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.hooks.internal.abi.HookLongText;
import io.tetragon.hooks.internal.abi.HookNumberKey;
import io.tetragon.hooks.internal.abi.HookOperator;
import io.tetragon.hooks.internal.abi.HookSubject;
import io.tetragon.hooks.internal.abi.HookSubstring;
import io.tetragon.hooks.internal.abi.HookTextKey;
import io.tetragon.hooks.internal.abi.HookView;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What the filters of a configuration mean: the BPF programs have to decide as this does. A filter on an argument that could
 * not be read does not hold, negated or not; nor does one that is for processes outside the host's user namespace only, of a
 * process within.
 */
final class ProgramSemantics {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int FILE_TYPE = 0170000;
    /** Deeper than CelCode promises is a mistake of the compiler. */
    private static final int CEL_STACK = 7;

    private final Compiled hook;

    ProgramSemantics(Compiled hook) {
        this.hook = hook;
    }

    /** Whether all filters hold. */
    boolean hold(List<Flt> filters, List<Value> slots, Caller caller) {
        return filters.stream().allMatch(filter -> holds(filter, slots, caller));
    }

    private boolean holds(Flt filter, List<Value> slots, Caller caller) {
        boolean inNamespace = has(filter, HookFilterFlags.FILTER_IN_NAMESPACE);
        if (inNamespace && caller.hostUser() || unread(filter, slots)) {
            return false;
        }
        return has(filter, HookFilterFlags.FILTER_NOT) != compares(filter, slots, caller);
    }

    private boolean unread(Flt filter, List<Value> slots) {
        if (filter.subject() != HookSubject.SUBJECT_ARGUMENT) {
            return false;
        }
        IntStream read = switch (filter.operator()) {
            case HookOperator.OPERATOR_CEL -> IntStream.range(filter.first(), filter.first() + filter.count())
                    .mapToObj(hook::cel).filter(cel -> cel.operation() == HookCelOperation.CEL_ARGUMENT)
                    .mapToInt(Compiled.Cel::slot);
            case HookOperator.OPERATOR_CAPABILITIES_GAINED -> IntStream.of(filter.slot(), filter.other());
            default -> IntStream.of(filter.slot());
        };
        return read.anyMatch(slot -> slots.get(slot) instanceof Value.Unread);
    }

    private boolean compares(Flt filter, List<Value> slots, Caller caller) {
        boolean follow = has(filter, HookFilterFlags.FILTER_FOLLOW);
        return switch (filter.subject()) {
            case HookSubject.SUBJECT_ARGUMENT -> argument(filter, slots);
            case HookSubject.SUBJECT_PID -> lineage(caller, follow).anyMatch(p -> number(filter, p.pid()));
            case HookSubject.SUBJECT_NAMESPACE_PID ->
                lineage(caller, follow).anyMatch(p -> number(filter, p.namespacePid()));
            case HookSubject.SUBJECT_BINARY -> binary(filter, caller.binary(), caller.ancestors(), follow);
            case HookSubject.SUBJECT_PARENT_BINARY -> binary(filter, caller.parentBinary(),
                    caller.ancestors().subList(Math.min(1, caller.ancestors().size()), caller.ancestors().size()),
                    follow);
            case HookSubject.SUBJECT_NAMESPACE -> number(filter, caller.namespaces().get(filter.slot()));
            case HookSubject.SUBJECT_NAMESPACE_CHANGE -> IntStream.range(0, caller.namespaces().size())
                    .anyMatch(i -> (filter.value() >> i & 1) != 0
                            && !caller.namespaces().get(i).equals(caller.namespacesAtExec().get(i)));
            case HookSubject.SUBJECT_CAPABILITY -> (caller.capabilities().get(filter.slot()) & filter.value()) != 0;
            case HookSubject.SUBJECT_CAPABILITY_CHANGE -> ((caller.capabilities().get(filter.slot())
                    ^ caller.capabilitiesAtExec().get(filter.slot())) & filter.value()) != 0;
            default -> throw new IllegalStateException("subject " + filter.subject());
        };
    }

    private static Stream<Caller> lineage(Caller caller, boolean follow) {
        return follow ? Stream.concat(Stream.of(caller), caller.ancestors().stream()) : Stream.of(caller);
    }

    private boolean binary(Flt filter, String own, List<Caller> above, boolean follow) {
        BitSet sets = hook.binaries.of(own, false);
        if (follow) {
            above.forEach(ancestor -> sets.or(hook.binaries.of(ancestor.binary(), true)));
        }
        return sets.get((int) filter.value());
    }

    private boolean argument(Flt filter, List<Value> slots) {
        Value value = slots.get(filter.slot());
        return switch (filter.operator()) {
            case HookOperator.OPERATOR_EXACT, HookOperator.OPERATOR_PREFIX, HookOperator.OPERATOR_POSTFIX ->
                text(filter, ((Value.Text) value).bytes());
            case HookOperator.OPERATOR_SUBSTRING -> substring(filter, ((Value.Text) value).bytes());
            case HookOperator.OPERATOR_SUBSTRING_FOLD -> substring(filter, folded(((Value.Text) value).bytes()));
            case HookOperator.OPERATOR_SUBNET -> subnet(filter, (Value.Sock) value);
            case HookOperator.OPERATOR_CAPABILITIES_GAINED ->
                (((Value.Num) value).value() & ~((Value.Num) slots.get(filter.other())).value()) != 0;
            case HookOperator.OPERATOR_CEL -> expression(filter, slots);
            default -> number(filter, view(filter.view(), value));
        };
    }

    private static long view(int view, Value value) {
        return switch (view) {
            case HookView.VIEW_VALUE -> ((Value.Num) value).value();
            case HookView.VIEW_SPORT -> ((Value.Sock) value).sport();
            case HookView.VIEW_DPORT -> ((Value.Sock) value).dport();
            case HookView.VIEW_PROTOCOL -> ((Value.Sock) value).protocol();
            case HookView.VIEW_STATE -> ((Value.Sock) value).state();
            case HookView.VIEW_FAMILY -> value instanceof Value.Sock sock ? sock.family() : ((Value.Text) value).family();
            case HookView.VIEW_FILE_TYPE -> ((Value.Text) value).mode() & FILE_TYPE;
            default -> throw new IllegalStateException("view " + view);
        };
    }

    private boolean number(Flt filter, long value) {
        int end = filter.first() + filter.count();
        boolean signed = has(filter, HookFilterFlags.FILTER_SIGNED);
        return switch (filter.operator()) {
            case HookOperator.OPERATOR_EQUAL ->
                IntStream.range(filter.first(), end).anyMatch(i -> hook.numberAt(i) == value);
            case HookOperator.OPERATOR_SET -> hook.entries("hook_numbers").stream().map(e -> little(e.key()))
                    .anyMatch(key -> key.getInt(HookNumberKey.KEY) == filter.key()
                            && key.getLong(HookNumberKey.VALUE) == value);
            case HookOperator.OPERATOR_RANGE -> IntStream.range(filter.first(), end).mapToObj(hook::range)
                    .anyMatch(range -> signed ? value >= range.from() && value <= range.to()
                            : Long.compareUnsigned(value, range.from()) >= 0
                                    && Long.compareUnsigned(value, range.to()) <= 0);
            case HookOperator.OPERATOR_MASK -> (value & filter.value()) != 0;
            default -> throw new IllegalStateException("operator " + filter.operator());
        };
    }

    private boolean text(Flt filter, byte[] text) {
        byte[] sought = filter.operator() == HookOperator.OPERATOR_POSTFIX ? tail(text, filter.longest())
                : filter.operator() == HookOperator.OPERATOR_EXACT ? Arrays.copyOf(text, text.length + 1) : text;
        byte[] key = Arrays.copyOf(sought, Math.min(sought.length, HookLimits.HOOK_TEXT_KEY));
        ByteBuffer lookup = ByteBuffer.allocate(HookTextKey.SIZE).order(ByteOrder.LITTLE_ENDIAN)
                .putInt(HookTextKey.BITS, 16 + 8 * key.length).putShort(HookTextKey.KEY, (short) filter.key())
                .put(HookTextKey.TEXT, key);
        return longestPrefix("hook_texts", lookup, HookTextKey.KEY)
                || has(filter, HookFilterFlags.FILTER_LONG_TEXTS) && longText(filter, text);
    }

    private boolean longText(Flt filter, byte[] text) {
        return hook.entries("hook_long_texts").subList(filter.first(), filter.first() + filter.count()).stream()
                .map(entry -> little(entry.value())).anyMatch(entry -> {
                    int size = entry.getInt(HookLongText.SIZE_);
                    boolean prefix = entry.getShort(HookLongText.PREFIX) != 0;
                    byte[] kept = new byte[size];
                    entry.get(HookLongText.TEXT, kept);
                    return entry.getShort(HookLongText.KEY) == filter.key() && text.length >= size
                            && (prefix || text.length == size) && Arrays.equals(kept, 0, size, text, 0, size);
                });
    }

    /** The last bytes, the last one first. */
    private static byte[] tail(byte[] text, int longest) {
        byte[] tail = new byte[Math.min(longest, text.length)];
        for (int i = 0; i < tail.length; i++) {
            tail[i] = text[text.length - 1 - i];
        }
        return tail;
    }

    /** A lookup in an LPM trie finds something. */
    private boolean longestPrefix(String map, ByteBuffer lookup, int data) {
        return hook.entries(map).stream().map(BpfMap.Entry::key).anyMatch(key -> {
            int bits = little(key).getInt(0);
            int whole = bits / 8;
            int rest = bits % 8;
            return bits <= lookup.getInt(0)
                    && Arrays.equals(key, data, data + whole, lookup.array(), data, data + whole)
                    && (rest == 0 || ((key[data + whole] ^ lookup.get(data + whole)) & 0xff) >> 8 - rest == 0);
        });
    }

    private boolean substring(Flt filter, byte[] text) {
        return hook.entries("hook_substrings").subList(filter.first(), filter.first() + filter.count()).stream()
                .map(entry -> little(entry.value())).anyMatch(entry -> {
                    byte[] part = new byte[entry.getInt(HookSubstring.SIZE_)];
                    entry.get(HookSubstring.TEXT, part);
                    return IntStream.rangeClosed(0, text.length - part.length).anyMatch(
                            at -> Arrays.equals(part, 0, part.length, text, at, at + part.length));
                });
    }

    private static byte[] folded(byte[] text) {
        byte[] lower = text.clone();
        for (int i = 0; i < lower.length; i++) {
            if (lower[i] >= 'A' && lower[i] <= 'Z') {
                lower[i] += 32;
            }
        }
        return lower;
    }

    private boolean subnet(Flt filter, Value.Sock sock) {
        byte[] address = filter.view() == HookView.VIEW_SADDR ? sock.saddr() : sock.daddr();
        if (address.length == 0) {
            return false;
        }
        ByteBuffer lookup = ByteBuffer.allocate(HookAddressKey.SIZE).order(ByteOrder.LITTLE_ENDIAN)
                .putInt(HookAddressKey.BITS, 32 + 8 * address.length)
                .putShort(HookAddressKey.KEY, (short) filter.key())
                .putShort(HookAddressKey.FAMILY, (short) (address.length == 4 ? AF_INET : AF_INET6))
                .put(HookAddressKey.ADDRESS, address);
        return longestPrefix("hook_addresses", lookup, HookAddressKey.KEY);
    }

    private boolean expression(Flt filter, List<Value> slots) {
        Deque<Long> stack = new ArrayDeque<>();
        for (int i = filter.first(); i < filter.first() + filter.count(); i++) {
            Compiled.Cel cel = hook.cel(i);
            switch (cel.operation()) {
                case HookCelOperation.CEL_LITERAL -> stack.push(cel.literal());
                case HookCelOperation.CEL_ARGUMENT -> stack.push(((Value.Num) slots.get(cel.slot())).value());
                case HookCelOperation.CEL_NOT -> stack.push(stack.pop() == 0 ? 1L : 0L);
                case HookCelOperation.CEL_NEGATE -> stack.push(-stack.pop());
                case HookCelOperation.CEL_BIT_NOT -> stack.push(~stack.pop());
                case HookCelOperation.CEL_INT32 -> stack.push((long) (int) (long) stack.pop());
                case HookCelOperation.CEL_UINT32 -> stack.push(stack.pop() & 0xffffffffL);
                default -> {
                    long right = stack.pop();
                    stack.push(binary(cel.operation(), stack.pop(), right));
                }
            }
            if (stack.size() > CEL_STACK) {
                throw new IllegalStateException("the stack has " + stack.size() + " entries");
            }
        }
        return stack.pop() != 0 && stack.isEmpty();
    }

    private static long binary(int operation, long left, long right) {
        return switch (operation) {
            case HookCelOperation.CEL_OR, HookCelOperation.CEL_BIT_OR -> left | right;
            case HookCelOperation.CEL_AND, HookCelOperation.CEL_BIT_AND -> left & right;
            case HookCelOperation.CEL_BIT_XOR -> left ^ right;
            case HookCelOperation.CEL_EQUAL -> left == right ? 1 : 0;
            case HookCelOperation.CEL_NOT_EQUAL -> left != right ? 1 : 0;
            case HookCelOperation.CEL_LESS -> left < right ? 1 : 0;
            case HookCelOperation.CEL_LESS_OR_EQUAL -> left <= right ? 1 : 0;
            case HookCelOperation.CEL_GREATER -> left > right ? 1 : 0;
            case HookCelOperation.CEL_GREATER_OR_EQUAL -> left >= right ? 1 : 0;
            case HookCelOperation.CEL_ADD -> left + right;
            case HookCelOperation.CEL_SUBTRACT -> left - right;
            default -> throw new IllegalStateException("operation " + operation);
        };
    }

    private static boolean has(Flt filter, int flag) {
        return (filter.flags() & flag) != 0;
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
