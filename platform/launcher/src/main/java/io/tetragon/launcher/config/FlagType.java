// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import io.tetragon.api.EventRate;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How the text of a flag is read. Each type turns text into one kind of value or says what it expected instead. */
enum FlagType {
    BOOL("") {
        @Override
        Object parse(String text) {
            return switch (text) {
                case "1", "t", "T", "true", "TRUE", "True" -> Boolean.TRUE;
                case "0", "f", "F", "false", "FALSE", "False" -> Boolean.FALSE;
                default -> throw new IllegalArgumentException("expected true or false");
            };
        }
    },
    INT("int") {
        @Override
        Object parse(String text) {
            return integer(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
    },
    UINT("uint") {
        @Override
        Object parse(String text) {
            return integer(text, 0, Integer.MAX_VALUE);
        }
    },
    STRING("string") {
        @Override
        Object parse(String text) {
            return text;
        }
    },
    /** Bytes, written as a number that {@code K}, {@code M} or {@code G} may follow. */
    SIZE("string") {
        @Override
        Object parse(String text) {
            if (text.isEmpty()) {
                return 0L;
            }
            int shift = switch (text.charAt(text.length() - 1)) {
                case 'K', 'k' -> 10;
                case 'M', 'm' -> 20;
                case 'G', 'g' -> 30;
                default -> 0;
            };
            String digits = shift == 0 ? text : text.substring(0, text.length() - 1);
            if (!digits.matches("[0-9]{1,18}")) {
                throw new IllegalArgumentException("expected a number of bytes, optionally followed by K, M or G");
            }
            try {
                return Math.multiplyExact(Long.parseLong(digits), 1L << shift);
            } catch (ArithmeticException e) {
                throw new IllegalArgumentException("too large", e);
            }
        }
    },
    DURATION("duration") {
        @Override
        Object parse(String text) {
            return duration(text);
        }
    },
    /** {@code events,interval}, the interval being a duration; empty for no limit. */
    RATE("string") {
        @Override
        Object parse(String text) {
            return text.isEmpty() ? EventRate.NONE : rate(text);
        }
    },
    LIST("strings") {
        @Override
        Object parse(String text) {
            List<String> elements = new ArrayList<>();
            for (String element : text.split("[,\n]")) {
                if (!element.isBlank()) {
                    elements.add(element.strip());
                }
            }
            return List.copyOf(elements);
        }
    };

    /** Below it a rate is noise; above, the kernel's arithmetic with nanoseconds would overflow some day. */
    private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(1);
    private static final Duration LONGEST_INTERVAL = Duration.ofHours(24);

    private static final Map<String, BigDecimal> NANOS = Map.of(
            "ns", BigDecimal.ONE,
            "us", BigDecimal.TEN.pow(3),
            "µs", BigDecimal.TEN.pow(3),
            "μs", BigDecimal.TEN.pow(3),
            "ms", BigDecimal.TEN.pow(6),
            "s", BigDecimal.TEN.pow(9),
            "m", BigDecimal.TEN.pow(9).multiply(BigDecimal.valueOf(60)),
            "h", BigDecimal.TEN.pow(9).multiply(BigDecimal.valueOf(3600)));

    private final String label;

    FlagType(String label) {
        this.label = label;
    }

    /** Returns the word that the usage text shows behind the flag; empty for a switch. */
    String label() {
        return label;
    }

    /**
     * Reads a value.
     *
     * @throws IllegalArgumentException whose message says what was expected
     */
    abstract Object parse(String text);

    private static EventRate rate(String text) {
        int comma = text.indexOf(',');
        if (comma < 0 || !text.substring(0, comma).matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("expected \"events,interval\" such as 1000,1s");
        }
        EventRate rate = new EventRate(Long.parseLong(text.substring(0, comma)), duration(text.substring(comma + 1)));
        if (!rate.isLimit()) {
            throw new IllegalArgumentException("a limit of 0 events would keep every event back; leave it empty for no limit");
        }
        if (rate.interval().compareTo(SHORTEST_INTERVAL) < 0 || rate.interval().compareTo(LONGEST_INTERVAL) > 0) {
            throw new IllegalArgumentException("expected an interval from 1ms to 24h");
        }
        return rate;
    }

    /** Go's integer syntax, which start lines written for Tetragon use: decimal, 0x, 0o, 0b or a leading 0 for octal. */
    private static Long integer(String text, long min, long max) {
        String digits = text.toLowerCase(Locale.ROOT);
        boolean negative = digits.startsWith("-");
        if (negative || digits.startsWith("+")) {
            digits = digits.substring(1);
        }
        int radix = 10;
        if (digits.startsWith("0x")) {
            radix = 16;
        } else if (digits.startsWith("0o")) {
            radix = 8;
        } else if (digits.startsWith("0b")) {
            radix = 2;
        }
        if (radix != 10) {
            digits = digits.substring(2);
        } else if (digits.length() > 1 && digits.startsWith("0")) {
            radix = 8;
        }
        if (digits.isEmpty() || digits.startsWith("-") || digits.startsWith("+")) {
            throw new IllegalArgumentException("expected a whole number");
        }
        BigInteger value;
        try {
            value = new BigInteger(digits, radix);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("expected a whole number", e);
        }
        if (negative) {
            value = value.negate();
        }
        if (value.compareTo(BigInteger.valueOf(min)) < 0 || value.compareTo(BigInteger.valueOf(max)) > 0) {
            throw new IllegalArgumentException("expected a number from " + min + " to " + max);
        }
        return value.longValue();
    }

    /** Go's duration syntax: one or more decimal numbers, each with its unit, such as {@code 1m30s}; or 0. */
    private static Duration duration(String text) {
        String rest = text;
        boolean negative = rest.startsWith("-");
        if (negative || rest.startsWith("+")) {
            rest = rest.substring(1);
        }
        if (rest.equals("0")) {
            return Duration.ZERO;
        }
        BigDecimal nanos = BigDecimal.ZERO;
        int at = 0;
        do {
            int number = at;
            while (at < rest.length() && (Character.digit(rest.charAt(at), 10) >= 0 || rest.charAt(at) == '.')) {
                at++;
            }
            int unit = at;
            while (at < rest.length() && Character.isLetter(rest.charAt(at))) {
                at++;
            }
            BigDecimal scale = NANOS.get(rest.substring(unit, at));
            String digits = rest.substring(number, unit);
            if (scale == null || !digits.matches("[0-9]{1,15}(\\.[0-9]{0,15})?|\\.[0-9]{1,15}")) {
                throw new IllegalArgumentException("expected a duration such as 15s or 1m30s");
            }
            nanos = nanos.add(new BigDecimal(digits).multiply(scale));
        } while (at < rest.length());
        BigInteger whole = nanos.toBigInteger();
        if (whole.bitLength() > 63) {
            throw new IllegalArgumentException("too long");
        }
        return Duration.ofNanos(negative ? -whole.longValue() : whole.longValue());
    }
}
