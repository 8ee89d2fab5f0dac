// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads operands of x86-64 as compilers write them, in the syntax of AT&amp;T. Hostile text is merely unreadable. */
final class StapOperandParser {
    private static final int LONGEST = 1024;

    private static final Pattern SIZED = Pattern.compile("(-?[0-9]{1,3})(f?)@(.*)", Pattern.DOTALL);
    private static final Pattern REGISTER = Pattern.compile("%([a-z0-9]{2,5})");
    private static final Pattern NUMBER = Pattern.compile("0x[0-9a-f]{1,16}|[0-9]{1,20}");
    private static final Pattern SYMBOL = Pattern.compile("[A-Za-z_.][A-Za-z0-9_.$]*");
    private static final Pattern TERM = Pattern.compile("([+-]?)([^+-]+)");

    /** The part in parentheses; each of its three parts may be missing. */
    private static final Pattern PLACE =
            Pattern.compile("([^()]*)\\((?:%([a-z0-9]{2,5}))?(?:,%([a-z0-9]{2,5})(?:,([1248]))?)?\\)");

    private StapOperandParser() {}

    static List<StapOperand> parse(String arguments) {
        List<StapOperand> operands = new ArrayList<>();
        StringBuilder operand = new StringBuilder();
        int depth = 0;
        for (int i = 0; i <= arguments.length(); i++) {
            char c = i < arguments.length() ? arguments.charAt(i) : ' ';
            boolean blank = c == ' ' || c == '\t';
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (!blank) {
                operand.append(c);
            } else if ((depth <= 0 || i == arguments.length()) && operand.length() > 0) {
                operands.add(operand(operand.toString()));
                operand.setLength(0);
            }
        }
        return operands;
    }

    private static StapOperand operand(String text) {
        if (text.length() > LONGEST) {
            return new StapOperand.Unreadable(text.substring(0, LONGEST), "it has " + text.length() + " characters");
        }
        Matcher sized = SIZED.matcher(text);
        if (!sized.matches()) {
            return unsized(text);
        }
        if (!sized.group(2).isEmpty()) {
            return new StapOperand.Unreadable(text, "it is a floating-point number");
        }
        int size = Integer.parseInt(sized.group(1));
        return switch (Math.abs(size)) {
            case 1, 2, 4, 8 -> value(text, sized.group(3), new StapOperand.Width(Math.abs(size), size < 0));
            default -> new StapOperand.Unreadable(text, "its size is not 1, 2, 4 or 8");
        };
    }

    /** The first versions of the notes left the size out: it is then that of the register. */
    private static StapOperand unsized(String text) {
        StapOperand operand = value(text, text, new StapOperand.Width(Long.BYTES, true));
        if (operand instanceof StapOperand.InRegister found) {
            return new StapOperand.InRegister(text, new StapOperand.Width(found.part().width(), false), found.part());
        }
        return operand instanceof StapOperand.InMemory ? new StapOperand.Unreadable(text, "it does not tell its size")
                : operand;
    }

    private static StapOperand value(String text, String value, StapOperand.Width width) {
        if (value.startsWith("$")) {
            Sum constant = Sum.of(value.substring(1));
            return constant == null || !constant.symbol.isEmpty() ? unknown(text)
                    : new StapOperand.Constant(text, width, constant.number);
        }
        Matcher register = REGISTER.matcher(value);
        if (register.matches()) {
            X86Register.Part part = X86Register.named(register.group(1));
            return part == null ? new StapOperand.Unreadable(text, "it is in no general register")
                    : new StapOperand.InRegister(text, width, part);
        }
        StapOperand memory = memory(text, value, width);
        return memory == null ? unknown(text) : memory;
    }

    private static @Nullable StapOperand memory(String text, String value, StapOperand.Width width) {
        Matcher place = PLACE.matcher(value);
        if (!place.matches()) {
            Sum address = Sum.of(value);
            // A symbol alone is that of a program that is loaded where it was linked; relative to RIP it is the same there.
            return address == null ? null : new StapOperand.InMemory(text, width, address.symbol, address.number,
                    address.symbol.isEmpty() ? null : X86Register.RIP, null, 1);
        }
        Sum address = place.group(1).isEmpty() ? Sum.ZERO : Sum.of(place.group(1));
        X86Register base = whole(place.group(2));
        X86Register index = whole(place.group(3));
        boolean known = (base != null || place.group(2) == null) && (index != null || place.group(3) == null);
        boolean relative = base == X86Register.RIP;
        if (address == null || !known || base == null && index == null || index == X86Register.RIP
                || index == X86Register.RSP || relative && (index != null || address.symbol.isEmpty())) {
            return null;
        }
        if (base == null && !address.symbol.isEmpty()) {
            base = X86Register.RIP;
        }
        int scale = place.group(4) == null ? 1 : Integer.parseInt(place.group(4));
        return new StapOperand.InMemory(text, width, address.symbol, address.number, base, index, scale);
    }

    private static @Nullable X86Register whole(@Nullable String name) {
        X86Register.Part part = name == null ? null : X86Register.named(name);
        return part != null && part.width() == Long.BYTES ? part.register() : null;
    }

    private static StapOperand unknown(String text) {
        return new StapOperand.Unreadable(text, "its form is not known");
    }

    /** Numbers and at most one symbol, added up. */
    private record Sum(String symbol, long number) {
        static final Sum ZERO = new Sum("", 0);

        static @Nullable Sum of(String text) {
            Matcher term = TERM.matcher(text);
            String symbol = "";
            long number = 0;
            int end = 0;
            while (term.find() && term.start() == end) {
                end = term.end();
                boolean minus = term.group(1).equals("-");
                String value = term.group(2);
                if (NUMBER.matcher(value).matches()) {
                    try {
                        long parsed = value.startsWith("0x") ? Long.parseUnsignedLong(value.substring(2), 16)
                                : Long.parseUnsignedLong(value);
                        number += minus ? -parsed : parsed;
                    } catch (NumberFormatException tooLarge) {
                        return null;
                    }
                } else if (!minus && symbol.isEmpty() && SYMBOL.matcher(value).matches()) {
                    symbol = value;
                } else {
                    return null;
                }
            }
            return end == 0 || end != text.length() ? null : new Sum(symbol, number);
        }
    }
}
