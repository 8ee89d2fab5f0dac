// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.value;

import io.tetragon.policy.Limits;
import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.model.CelExpression;
import io.tetragon.policy.model.CelExpression.ArgumentRef;
import io.tetragon.policy.model.CelExpression.Binary;
import io.tetragon.policy.model.CelExpression.BinaryOperator;
import io.tetragon.policy.model.CelExpression.Literal;
import io.tetragon.policy.model.CelExpression.Truth;
import io.tetragon.policy.model.CelExpression.Unary;
import io.tetragon.policy.model.CelExpression.UnaryOperator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads the part of CEL that filters in the kernel: integers, {@code arg0} to {@code argN}, {@code + - && || ! ==
 * != < <= > >=} and the functions int32, uint32, and, or, xor, not. By recursive descent, one method a precedence.
 */
final class CelParser {
    private static final int DEEPEST = 32;
    private static final Map<String, UnaryOperator> UNARY = Map.of(
            "int32", UnaryOperator.INT32, "uint32", UnaryOperator.UINT32, "not", UnaryOperator.BIT_NOT);
    private static final Map<String, BinaryOperator> BINARY = Map.of(
            "and", BinaryOperator.BIT_AND, "or", BinaryOperator.BIT_OR, "xor", BinaryOperator.BIT_XOR);
    private static final Map<String, BinaryOperator> RELATIONS = Map.of(
            "==", BinaryOperator.EQUAL, "!=", BinaryOperator.NOT_EQUAL,
            "<", BinaryOperator.LESS, "<=", BinaryOperator.LESS_OR_EQUAL,
            ">", BinaryOperator.GREATER, ">=", BinaryOperator.GREATER_OR_EQUAL);

    private final List<String> tokens;
    private final int arguments;
    private int next;
    private int depth;

    private CelParser(List<String> tokens, int arguments) {
        this.tokens = tokens;
        this.arguments = arguments;
    }

    static CelExpression parse(String text, int arguments) throws ValueException {
        if (text.getBytes(StandardCharsets.UTF_8).length > Limits.EXPRESSION_BYTES) {
            throw new ValueException("the limit of an expression is " + Limits.EXPRESSION_BYTES + " bytes", "");
        }
        CelParser parser = new CelParser(tokens(text), arguments);
        CelExpression whole = parser.or();
        if (parser.next < parser.tokens.size()) {
            throw new ValueException(Problems.quote(parser.tokens.get(parser.next)) + " is too much", "");
        }
        if (!truth(whole)) {
            throw new ValueException("the expression is a number, not a truth value", "compare it with something");
        }
        return whole;
    }

    private CelExpression or() throws ValueException {
        CelExpression left = and();
        while (accept("||")) {
            left = logical(BinaryOperator.OR, left, and());
        }
        return left;
    }

    private CelExpression and() throws ValueException {
        CelExpression left = relation();
        while (accept("&&")) {
            left = logical(BinaryOperator.AND, left, relation());
        }
        return left;
    }

    private CelExpression relation() throws ValueException {
        CelExpression left = sum();
        BinaryOperator operator = next < tokens.size() ? RELATIONS.get(tokens.get(next)) : null;
        if (operator == null) {
            return left;
        }
        next++;
        CelExpression right = sum();
        boolean equality = operator == BinaryOperator.EQUAL || operator == BinaryOperator.NOT_EQUAL;
        if (truth(left) != truth(right) || truth(left) && !equality) {
            throw new ValueException("it compares a truth value with a number", "");
        }
        return new Binary(operator, left, right);
    }

    private CelExpression sum() throws ValueException {
        CelExpression left = unary();
        while (true) {
            if (accept("+")) {
                left = new Binary(BinaryOperator.ADD, number(left), number(unary()));
            } else if (accept("-")) {
                left = new Binary(BinaryOperator.SUBTRACT, number(left), number(unary()));
            } else {
                return left;
            }
        }
    }

    private CelExpression unary() throws ValueException {
        if (++depth > DEEPEST) {
            throw new ValueException("it is nested deeper than " + DEEPEST + " levels", "");
        }
        try {
            if (accept("!")) {
                return new Unary(UnaryOperator.NOT, truthful(unary()));
            }
            if (accept("-")) {
                return new Unary(UnaryOperator.NEGATE, number(unary()));
            }
            return primary();
        } finally {
            depth--;
        }
    }

    private CelExpression primary() throws ValueException {
        if (accept("(")) {
            CelExpression inner = or();
            expect(")");
            return inner;
        }
        if (next >= tokens.size()) {
            throw new ValueException("the expression ends too early", "");
        }
        String token = tokens.get(next++);
        if (token.equals("true") || token.equals("false")) {
            return new Truth(token.equals("true"));
        }
        if (Character.isDigit(token.charAt(0))) {
            return new Literal(literal(token));
        }
        if (token.matches("arg[0-9]{1,3}")) {
            return argument(Integer.parseInt(token.substring(3)));
        }
        if (UNARY.containsKey(token)) {
            expect("(");
            CelExpression operand = number(or());
            expect(")");
            return new Unary(UNARY.get(token), operand);
        }
        if (BINARY.containsKey(token)) {
            expect("(");
            CelExpression left = number(or());
            expect(",");
            CelExpression right = number(or());
            expect(")");
            return new Binary(BINARY.get(token), left, right);
        }
        throw new ValueException(Problems.quote(token) + " is unknown",
                "an expression has arg0, arg1, ..., integers and int32() uint32() and() or() xor() not()");
    }

    private CelExpression argument(int number) throws ValueException {
        if (number >= arguments) {
            throw new ValueException("arg" + number + " is none of the filter's " + arguments + " arguments", "");
        }
        return new ArgumentRef(number);
    }

    private static long literal(String token) throws ValueException {
        boolean unsigned = token.endsWith("u") || token.endsWith("U");
        return Numbers.parse(unsigned ? token.substring(0, token.length() - 1) : token, 64, !unsigned);
    }

    private static CelExpression logical(BinaryOperator operator, CelExpression left, CelExpression right)
            throws ValueException {
        return new Binary(operator, truthful(left), truthful(right));
    }

    private static CelExpression truthful(CelExpression expression) throws ValueException {
        if (!truth(expression)) {
            throw new ValueException("a number stands where a truth value belongs", "compare it with something");
        }
        return expression;
    }

    private static CelExpression number(CelExpression expression) throws ValueException {
        if (truth(expression)) {
            throw new ValueException("a truth value stands where a number belongs", "");
        }
        return expression;
    }

    private static boolean truth(CelExpression expression) {
        if (expression instanceof Binary binary) {
            return switch (binary.operator()) {
                case ADD, SUBTRACT, BIT_AND, BIT_OR, BIT_XOR -> false;
                default -> true;
            };
        }
        return expression instanceof Truth
                || expression instanceof Unary unary && unary.operator() == UnaryOperator.NOT;
    }

    private boolean accept(String token) {
        if (next < tokens.size() && tokens.get(next).equals(token)) {
            next++;
            return true;
        }
        return false;
    }

    private void expect(String token) throws ValueException {
        if (!accept(token)) {
            throw new ValueException(next < tokens.size()
                    ? "\"" + token + "\" is missing before " + Problems.quote(tokens.get(next))
                    : "\"" + token + "\" is missing at the end", "");
        }
    }

    private static List<String> tokens(String text) throws ValueException {
        List<String> tokens = new ArrayList<>();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            int start = i;
            if (c == ' ' || c == '\t' || c == '\n') {
                i++;
                continue;
            }
            if (c < 128 && Character.isLetterOrDigit(c)) {
                while (i < text.length() && text.charAt(i) < 128 && Character.isLetterOrDigit(text.charAt(i))) {
                    i++;
                }
            } else if (text.startsWith("&&", i) || text.startsWith("||", i) || text.startsWith("==", i)
                    || text.startsWith("!=", i) || text.startsWith("<=", i) || text.startsWith(">=", i)) {
                i += 2;
            } else if ("+-!<>(),".indexOf(c) >= 0) {
                i++;
            } else {
                throw new ValueException("the character at " + (i + 1) + " is not part of an expression", "");
            }
            tokens.add(text.substring(start, i));
        }
        return tokens;
    }
}
