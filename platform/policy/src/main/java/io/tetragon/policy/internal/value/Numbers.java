// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.value;

import java.math.BigInteger;

/** Integers as values write them: decimal, {@code 0x}, {@code 0b}, {@code 0o} or {@code 0} for octal. */
public final class Numbers {
    /** No value of 64 bits is longer, with all leading zeros anybody writes. */
    private static final int LONGEST = 80;

    private Numbers() {}

    /** Reads an integer of a type; unsigned 64-bit ones above 2^63 - 1 come out negative. */
    public static long parse(String text, int bits, boolean signed) throws ValueException {
        BigInteger number = read(text);
        BigInteger min = signed ? BigInteger.ONE.shiftLeft(bits - 1).negate() : BigInteger.ZERO;
        BigInteger max = BigInteger.ONE.shiftLeft(signed ? bits - 1 : bits).subtract(BigInteger.ONE);
        if (number.compareTo(min) < 0 || number.compareTo(max) > 0) {
            throw new ValueException("it lies from " + min + " to " + max, "");
        }
        return number.longValue();
    }

    private static BigInteger read(String text) throws ValueException {
        boolean negative = text.startsWith("-");
        String digits = negative || text.startsWith("+") ? text.substring(1) : text;
        int radix = 10;
        if (digits.length() > 1 && digits.charAt(0) == '0') {
            switch (digits.charAt(1)) {
                case 'x', 'X' -> radix = 16;
                case 'b', 'B' -> radix = 2;
                default -> radix = 8;
            }
            boolean lettered = Character.isLetter(digits.charAt(1));
            digits = digits.substring(lettered ? 2 : 1);
        }
        if (digits.isEmpty() || digits.length() > LONGEST || !allDigits(digits, radix)) {
            throw new ValueException("it is an integer in decimal, 0x hexadecimal or 0 octal", "");
        }
        BigInteger magnitude = new BigInteger(digits, radix);
        return negative ? magnitude.negate() : magnitude;
    }

    private static boolean allDigits(String digits, int radix) {
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c > 'f' || Character.digit(c, radix) < 0) {
                return false;
            }
        }
        return true;
    }
}
