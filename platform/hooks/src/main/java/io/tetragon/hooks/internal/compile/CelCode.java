// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.hooks.internal.abi.HookCelOperation;
import io.tetragon.policy.model.CelExpression;
import io.tetragon.policy.model.CelExpression.BinaryOperator;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns expressions into operations in postfix order. Of two operands the one that needs the deeper stack comes first, and
 * operators are turned around for it; so n operands never need a stack deeper than log2(n) + 1, and the operations that a
 * configuration has room for need no more than {@link #STACK}.
 */
final class CelCode {
    /** Entries of the programs' stack: 128 operations have at most 64 operands. */
    static final int STACK = 7;

    /** @param slot of CEL_ARGUMENT; @param literal of CEL_LITERAL */
    record Operation(int operation, int slot, long literal) {}

    private final List<Integer> slots;
    private final List<Operation> code = new ArrayList<>();

    private CelCode(List<Integer> slots) {
        this.slots = slots;
    }

    /**
     * Compiles an expression.
     *
     * @param slots of the filter's arguments, in their order
     */
    static List<Operation> of(CelExpression expression, List<Integer> slots) {
        CelCode code = new CelCode(slots);
        code.add(expression);
        return code.code;
    }

    private void add(CelExpression expression) {
        if (expression instanceof CelExpression.Literal literal) {
            code.add(new Operation(HookCelOperation.CEL_LITERAL, 0, literal.value()));
        } else if (expression instanceof CelExpression.Truth truth) {
            code.add(new Operation(HookCelOperation.CEL_LITERAL, 0, truth.value() ? 1 : 0));
        } else if (expression instanceof CelExpression.ArgumentRef reference) {
            code.add(new Operation(HookCelOperation.CEL_ARGUMENT, slots.get(reference.argument()), 0));
        } else if (expression instanceof CelExpression.Unary unary) {
            add(unary.operand());
            operation(switch (unary.operator()) {
                case NOT -> HookCelOperation.CEL_NOT;
                case NEGATE -> HookCelOperation.CEL_NEGATE;
                case BIT_NOT -> HookCelOperation.CEL_BIT_NOT;
                case INT32 -> HookCelOperation.CEL_INT32;
                case UINT32 -> HookCelOperation.CEL_UINT32;
            });
        } else if (expression instanceof CelExpression.Binary binary) {
            binary(binary);
        }
    }

    private void binary(CelExpression.Binary binary) {
        if (depth(binary.left()) >= depth(binary.right())) {
            add(binary.left());
            add(binary.right());
            operation(operation(binary.operator()));
            return;
        }
        add(binary.right());
        if (binary.operator() == BinaryOperator.SUBTRACT) {
            operation(HookCelOperation.CEL_NEGATE);
        }
        add(binary.left());
        operation(operation(turned(binary.operator())));
    }

    private void operation(int operation) {
        code.add(new Operation(operation, 0, 0));
    }

    /** The operator that means the same with its operands exchanged, of a difference with the second one negated. */
    private static BinaryOperator turned(BinaryOperator operator) {
        return switch (operator) {
            case LESS -> BinaryOperator.GREATER;
            case LESS_OR_EQUAL -> BinaryOperator.GREATER_OR_EQUAL;
            case GREATER -> BinaryOperator.LESS;
            case GREATER_OR_EQUAL -> BinaryOperator.LESS_OR_EQUAL;
            case SUBTRACT -> BinaryOperator.ADD;
            default -> operator;
        };
    }

    private static int operation(BinaryOperator operator) {
        return switch (operator) {
            case OR -> HookCelOperation.CEL_OR;
            case AND -> HookCelOperation.CEL_AND;
            case EQUAL -> HookCelOperation.CEL_EQUAL;
            case NOT_EQUAL -> HookCelOperation.CEL_NOT_EQUAL;
            case LESS -> HookCelOperation.CEL_LESS;
            case LESS_OR_EQUAL -> HookCelOperation.CEL_LESS_OR_EQUAL;
            case GREATER -> HookCelOperation.CEL_GREATER;
            case GREATER_OR_EQUAL -> HookCelOperation.CEL_GREATER_OR_EQUAL;
            case ADD -> HookCelOperation.CEL_ADD;
            case SUBTRACT -> HookCelOperation.CEL_SUBTRACT;
            case BIT_AND -> HookCelOperation.CEL_BIT_AND;
            case BIT_OR -> HookCelOperation.CEL_BIT_OR;
            case BIT_XOR -> HookCelOperation.CEL_BIT_XOR;
        };
    }

    /** Entries of the stack that an expression needs. */
    private static int depth(CelExpression expression) {
        if (expression instanceof CelExpression.Unary unary) {
            return depth(unary.operand());
        }
        if (expression instanceof CelExpression.Binary binary) {
            int left = depth(binary.left());
            int right = depth(binary.right());
            return left == right ? left + 1 : Math.max(left, right);
        }
        return 1;
    }
}
