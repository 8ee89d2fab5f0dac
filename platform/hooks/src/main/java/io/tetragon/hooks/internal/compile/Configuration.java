// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.hooks.internal.abi.HookAction;
import io.tetragon.hooks.internal.abi.HookArgument;
import io.tetragon.hooks.internal.abi.HookCel;
import io.tetragon.hooks.internal.abi.HookConfig;
import io.tetragon.hooks.internal.abi.HookFilter;
import io.tetragon.hooks.internal.abi.HookRange;
import io.tetragon.hooks.internal.abi.HookRegister;
import io.tetragon.hooks.internal.abi.HookSelector;
import io.tetragon.hooks.internal.abi.HookStep;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Writes {@code struct hook_config}. */
final class Configuration {
    /** Where the parts of a selector lie in the pools: each a first entry and a number of entries. */
    record SelectorRuns(Run filters, Run returnFilters, Run actions, Run returnActions) {}

    /** Consecutive entries of a pool. */
    record Run(int first, int count) {
        static final Run EMPTY = new Run(0, 0);
    }

    private final ByteBuffer bytes = ByteBuffer.allocate(HookConfig.SIZE).order(ByteOrder.LITTLE_ENDIAN);

    byte[] bytes() {
        return bytes.array().clone();
    }

    void head(int hook, int flags, int opcode, int arguments, int selectors) {
        bytes.putInt(HookConfig.HOOK, hook).putInt(HookConfig.FLAGS, flags).put(HookConfig.OP, (byte) opcode)
                .put(HookConfig.ARGUMENTS, (byte) arguments).put(HookConfig.SELECTORS, (byte) selectors);
    }

    void argument(Slot slot, TextArea.Piece text) {
        int at = HookConfig.ARGUMENT + slot.resolved().slot() * HookArgument.SIZE;
        bytes.put(at + HookArgument.KIND, (byte) slot.kind())
                .put(at + HookArgument.SOURCE, (byte) slot.place().source())
                .put(at + HookArgument.INDEX, (byte) slot.place().index())
                .put(at + HookArgument.FLAGS, (byte) slot.flags())
                .put(at + HookArgument.WIDTH, (byte) slot.width())
                .put(at + HookArgument.SIZE_PARAMETER, (byte) slot.sizeFrom().parameter())
                .put(at + HookArgument.SIZE_WIDTH, (byte) slot.sizeFrom().width())
                .put(at + HookArgument.STEPS, (byte) slot.steps().size())
                .putInt(at + HookArgument.OFFSET, slot.place().offset())
                .putInt(at + HookArgument.SIZE_, slot.size())
                .putInt(at + HookArgument.SIZE_OFFSET, slot.sizeFrom().offset())
                .putInt(at + HookArgument.AREA, text.area())
                .putInt(at + HookArgument.LIMIT, text.limit());
        int step = at + HookArgument.STEP;
        for (Slot.Step next : slot.steps()) {
            bytes.putInt(step + HookStep.OFFSET, next.offset())
                    .putInt(step + HookStep.DEREFERENCE, next.dereference() ? 1 : 0);
            step += HookStep.SIZE;
        }
    }

    /** What is not an argument of the hook has no size either. */
    void noArgument(int slot) {
        bytes.put(HookConfig.ARGUMENT + slot * HookArgument.SIZE + HookArgument.SIZE_PARAMETER,
                (byte) Slot.SizeFrom.NO_PARAMETER);
    }

    void selectors(List<SelectorRuns> selectors) {
        int at = HookConfig.SELECTOR;
        for (SelectorRuns runs : selectors) {
            run(at + HookSelector.FIRST_FILTER, at + HookSelector.FILTERS, runs.filters);
            run(at + HookSelector.FIRST_RETURN_FILTER, at + HookSelector.RETURN_FILTERS, runs.returnFilters);
            run(at + HookSelector.FIRST_ACTION, at + HookSelector.ACTIONS, runs.actions);
            run(at + HookSelector.FIRST_RETURN_ACTION, at + HookSelector.RETURN_ACTIONS, runs.returnActions);
            at += HookSelector.SIZE;
        }
    }

    private void run(int first, int count, Run run) {
        bytes.putShort(first, (short) run.first).putShort(count, (short) run.count);
    }

    void filters(List<Filter> filters) {
        int at = HookConfig.FILTER;
        for (Filter filter : filters) {
            bytes.put(at + HookFilter.SUBJECT, (byte) filter.subject())
                    .put(at + HookFilter.OPERATOR, (byte) filter.operator())
                    .put(at + HookFilter.FLAGS, (byte) filter.flags())
                    .put(at + HookFilter.VIEW, (byte) filter.view())
                    .put(at + HookFilter.SLOT, (byte) filter.slot())
                    .put(at + HookFilter.OTHER, (byte) filter.other())
                    .putShort(at + HookFilter.FIRST, (short) filter.first())
                    .putShort(at + HookFilter.COUNT, (short) filter.count())
                    .putShort(at + HookFilter.KEY, (short) filter.key())
                    .putInt(at + HookFilter.LONGEST, filter.longest())
                    .putLong(at + HookFilter.VALUE, filter.value());
            at += HookFilter.SIZE;
        }
    }

    void actions(List<Actions.Step> actions) {
        int at = HookConfig.ACTION;
        for (Actions.Step action : actions) {
            bytes.put(at + HookAction.KIND, (byte) action.kind())
                    .put(at + HookAction.FLAGS, (byte) action.flags())
                    .put(at + HookAction.SLOT, (byte) action.slot())
                    .put(at + HookAction.SCOPE, (byte) action.scope())
                    .putInt(at + HookAction.ERROR, action.error())
                    .putInt(at + HookAction.SIGNAL, action.signal())
                    .putInt(at + HookAction.SECONDS, action.seconds());
            run(at + HookAction.FIRST_REGISTER, at + HookAction.REGISTERS, action.registers());
            at += HookAction.SIZE;
        }
    }

    void values(Values values) {
        int at = HookConfig.RANGE;
        for (Intervals.Interval range : values.ranges.entries()) {
            bytes.putLong(at + HookRange.FROM, range.from()).putLong(at + HookRange.TO, range.to());
            at += HookRange.SIZE;
        }
        at = HookConfig.CEL;
        for (CelCode.Operation operation : values.operations.entries()) {
            bytes.putInt(at + HookCel.OPERATION, operation.operation()).putInt(at + HookCel.SLOT, operation.slot())
                    .putLong(at + HookCel.LITERAL, operation.literal());
            at += HookCel.SIZE;
        }
        at = HookConfig.REG;
        for (Overrides.Register register : values.registers.entries()) {
            bytes.put(at + HookRegister.TARGET, (byte) register.target())
                    .put(at + HookRegister.SOURCE, (byte) register.source())
                    .put(at + HookRegister.WIDTH, (byte) register.width())
                    .put(at + HookRegister.FLAGS, (byte) register.flags())
                    .putLong(at + HookRegister.NUMBER, register.number());
            at += HookRegister.SIZE;
        }
        at = HookConfig.NUMBER;
        for (long number : values.numbers.entries()) {
            bytes.putLong(at, number);
            at += Long.BYTES;
        }
    }
}
