// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import io.tetragon.api.TetragonException;

/**
 * Keeps the regular expressions of a request small. RE2 runs in linear time, but {@code ((a{999}){999}){999}} compiles to
 * a thousand million instructions, and nested groups are compiled recursively: a client must not be able to use up the
 * agent's memory or stack. The size is estimated from the text.
 */
final class RegexBudget {
    /** Instructions of all expressions of one listener; about a hundred bytes each, so some 5 MiB. */
    static final long MAX_INSTRUCTIONS = 50_000;

    /** Groups within groups; the compiler overflows a stack of 1 MiB at 1 500, one of 256 KiB at 400. */
    static final int MAX_DEPTH = 250;

    private long left = MAX_INSTRUCTIONS;

    /** Takes the cost of an expression, whose syntax may still be wrong, out of the budget. */
    void take(String where, String member, String regex) throws TetragonException {
        left -= new Estimate(where, member, regex).instructions(left);
    }

    private static TetragonException tooBig(String where, String member, String why) {
        return FilterCompiler.error(where, member + " has a regular expression that " + why, "simplify it");
    }

    /** One walk over the text of an expression. Names and flags of groups count as literals: a few too many. */
    private static final class Estimate {
        private final String where;
        private final String member;
        private final String regex;
        private final long[] outer = new long[MAX_DEPTH];
        private int depth;
        private int at;
        private long sum;
        private long last;

        Estimate(String where, String member, String regex) {
            this.where = where;
            this.member = member;
            this.regex = regex;
        }

        long instructions(long limit) throws TetragonException {
            while (at < regex.length()) {
                step(regex.charAt(at++));
                if (sum > limit) {
                    throw tooBig(where, member, "is too big: all of a listener's together may have about "
                            + MAX_INSTRUCTIONS + " characters, repetitions multiplied out");
                }
            }
            return sum;
        }

        private void step(char c) throws TetragonException {
            switch (c) {
                case '(' -> open();
                case ')' -> close();
                case '{' -> repeat();
                case '\\' -> escape();
                case '[' -> characterClass();
                case '*', '+', '?', '|' -> sum++;
                default -> atom(1);
            }
        }

        private void atom(long size) {
            last = size;
            sum += size;
        }

        private void open() throws TetragonException {
            if (depth == MAX_DEPTH) {
                throw tooBig(where, member, "has more than " + MAX_DEPTH + " groups within each other");
            }
            outer[depth++] = sum;
            sum = 0;
        }

        private void close() {
            if (depth > 0) {
                long group = sum + 2;
                sum = outer[--depth];
                atom(group);
            }
        }

        /** {@code {n}}, {@code {n,}} and {@code {n,m}} copy what is before them; any other brace is a literal. */
        private void repeat() {
            int end = regex.indexOf('}', at);
            int times = end < 0 ? -1 : times(regex.substring(at, Math.min(end, at + 12)));
            if (times < 0) {
                atom(1);
                return;
            }
            at = end + 1;
            long copies = last * times + times;
            sum += copies;
            last += copies;
        }

        private static int times(String range) {
            int greatest = -1;
            int value = -1;
            for (int i = 0; i < range.length(); i++) {
                char c = range.charAt(i);
                if (c >= '0' && c <= '9') {
                    value = Math.min(10_000, Math.max(0, value) * 10 + (c - '0'));
                    greatest = Math.max(greatest, value);
                } else if (c == ',' && value >= 0) {
                    value = 0;
                } else {
                    return -1;
                }
            }
            return greatest;
        }

        private void escape() {
            if (at == regex.length()) {
                return;
            }
            char kind = regex.charAt(at++);
            if (kind == 'Q') {
                int end = regex.indexOf("\\E", at);
                int stop = end < 0 ? regex.length() : end;
                sum += stop - at;
                last = 1;
                at = end < 0 ? stop : end + 2;
                return;
            }
            if ((kind == 'p' || kind == 'P' || kind == 'x') && at < regex.length() && regex.charAt(at) == '{') {
                int end = regex.indexOf('}', at);
                at = end < 0 ? regex.length() : end + 1;
            }
            atom(1);
        }

        private void characterClass() {
            int start = at;
            if (at < regex.length() && regex.charAt(at) == '^') {
                start = ++at;
            }
            while (at < regex.length() && (regex.charAt(at) != ']' || at == start)) {
                if (regex.startsWith("[:", at) && regex.indexOf(":]", at) > 0) {
                    at = regex.indexOf(":]", at) + 2;
                } else {
                    at += regex.charAt(at) == '\\' ? 2 : 1;
                }
            }
            at = Math.min(regex.length(), at + 1);
            atom(1);
        }
    }
}
