// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.value;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.schema.Nearest;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.FilterValue;
import io.tetragon.policy.model.ListSpec;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Reads the values of argument filters. */
public final class ValueParser {
    private static final String LIST = "list:";
    private static final int UNIX_ADDRESS_BYTES = 108;

    private final Map<String, ListSpec> lists;

    /** For the values of one policy, which may name its lists. */
    public ValueParser(Map<String, ListSpec> lists) {
        this.lists = lists;
    }

    /**
     * Reads one value.
     *
     * @param arguments how many arguments an expression may refer to
     */
    public FilterValue parse(String written, ValueKind kind, ArgumentType type, int arguments) throws ValueException {
        return switch (kind) {
            case NONE -> throw new ValueException("the operator takes no values", "remove it");
            case UNTYPED -> written.startsWith(LIST)
                    ? list(written, type)
                    : new FilterValue.Untyped(text(written, Limits.EQUAL_BYTES).written());
            case NUMBER -> number(written, type.bits(), type.signed());
            case BITS -> bits(written, type);
            case RANGE -> range(written, type.bits(), type.signed());
            case SET -> set(written, type);
            case CAPABILITIES -> new FilterValue.Number(written, Capabilities.set(written));
            case TEXT -> text(written, type == ArgumentType.SOCKADDR_UN ? UNIX_ADDRESS_BYTES : Limits.EQUAL_BYTES);
            case PREFIX -> part(written, Limits.PREFIX_BYTES);
            case POSTFIX -> part(written, Limits.POSTFIX_BYTES);
            case SUBSTRING -> part(written, Limits.SUBSTRING_BYTES);
            case ADDRESS -> Subnets.parse(written);
            case PORT -> port(written);
            case PROTOCOL -> new FilterValue.Number(written, SocketWords.protocol(written));
            case FAMILY -> new FilterValue.Number(written, SocketWords.family(written));
            case STATE -> new FilterValue.Number(written, SocketWords.state(written));
            case FILE_TYPE -> new FilterValue.Number(written, SocketWords.fileType(written));
            case EXPRESSION -> new FilterValue.Expression(written, CelParser.parse(written, arguments));
        };
    }

    private static FilterValue.Number number(String written, int bits, boolean signed) throws ValueException {
        return new FilterValue.Number(written, Numbers.parse(written, bits, signed));
    }

    /** The highest bit of a signed type is written as an unsigned number as often as not. */
    private static FilterValue bits(String written, ArgumentType type) throws ValueException {
        return number(written, type.bits(), type.signed() && written.startsWith("-"));
    }

    private FilterValue set(String written, ArgumentType type) throws ValueException {
        if (written.startsWith(LIST)) {
            return list(written, type);
        }
        return written.indexOf(':') >= 0
                ? range(written, type.bits(), type.signed())
                : number(written, type.bits(), type.signed());
    }

    private FilterValue list(String written, ArgumentType type) throws ValueException {
        String name = written.substring(LIST.length());
        ListSpec list = lists.get(name);
        if (list == null) {
            throw new ValueException("the policy has no such list", Nearest.hint(name, lists.keySet()));
        }
        if (!list.type().syscalls()) {
            throw new ValueException("it holds functions, which have no numbers", "use a list of type syscalls");
        }
        if (type != ArgumentType.SYSCALL64 && type != ArgumentType.AUTO) {
            throw new ValueException("system calls compare with arguments of type syscall64 only",
                    "give the argument the type syscall64");
        }
        return new FilterValue.ListReference(written, list);
    }

    private static FilterValue.Range range(String written, int bits, boolean signed) throws ValueException {
        int colon = written.indexOf(':');
        if (colon < 0) {
            throw new ValueException("it is a range", "write it like 10:20");
        }
        long from = Numbers.parse(written.substring(0, colon), bits, signed);
        long to = Numbers.parse(written.substring(colon + 1), bits, signed);
        if (signed ? from > to : Long.compareUnsigned(from, to) > 0) {
            throw new ValueException("the range begins above its end", "exchange the two numbers");
        }
        return new FilterValue.Range(written, from, to);
    }

    private static FilterValue port(String written) throws ValueException {
        if (written.indexOf(':') >= 0) {
            return range(written, 16, false);
        }
        long port = Numbers.parse(written, 16, false);
        return new FilterValue.Range(written, port, port);
    }

    private static FilterValue part(String written, int max) throws ValueException {
        if (written.isEmpty()) {
            throw new ValueException("an empty text is part of every text", "remove the filter or give it a text");
        }
        return text(written, max);
    }

    private static FilterValue.Text text(String written, int max) throws ValueException {
        int bytes = written.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > max) {
            throw new ValueException("it has " + bytes + " bytes, the limit is " + max, "");
        }
        return new FilterValue.Text(written);
    }
}
