// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

/**
 * A checked expression of the CelExpr operator. The whole yields a truth value; arithmetic is on 64-bit integers,
 * unless {@code int32()} or {@code uint32()} cut it.
 */
public sealed interface CelExpression {

    /** An integer. */
    record Literal(long value) implements CelExpression {}

    /** The n-th argument of the filter. */
    record ArgumentRef(int argument) implements CelExpression {}

    /** {@code true} or {@code false}. */
    record Truth(boolean value) implements CelExpression {}

    /** An operator before its operand. */
    record Unary(UnaryOperator operator, CelExpression operand) implements CelExpression {}

    /** An operator between its operands. */
    record Binary(BinaryOperator operator, CelExpression left, CelExpression right) implements CelExpression {}

    /** Operators with one operand. */
    enum UnaryOperator {
        /** {@code !}, of a truth value. */
        NOT,
        /** {@code -} */
        NEGATE,
        /** {@code not()}, of bits. */
        BIT_NOT,
        /** {@code int32()} */
        INT32,
        /** {@code uint32()} */
        UINT32
    }

    /** Operators with two operands. */
    enum BinaryOperator {
        OR,
        AND,
        EQUAL,
        NOT_EQUAL,
        LESS,
        LESS_OR_EQUAL,
        GREATER,
        GREATER_OR_EQUAL,
        ADD,
        SUBTRACT,
        /** {@code and()} */
        BIT_AND,
        /** {@code or()} */
        BIT_OR,
        /** {@code xor()} */
        BIT_XOR
    }
}
