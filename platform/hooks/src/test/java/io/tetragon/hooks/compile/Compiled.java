// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.BpfMap;
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
import java.util.ArrayList;
import java.util.List;

/** A compiled hook as a program sees it: read back from the plan's bytes. */
final class Compiled {
    final CompiledHook hook;
    final TestBinaries binaries;
    final ObjectPlan plan;
    private final ByteBuffer config;

    Compiled(CompiledHook hook, TestBinaries binaries) {
        this.hook = hook;
        this.binaries = binaries;
        ObjectPlan.Builder builder = ObjectPlan.of("test", new byte[0]);
        hook.applyTo(builder);
        plan = builder.build();
        config = ByteBuffer.wrap(plan.constants().get("hook")).order(ByteOrder.LITTLE_ENDIAN);
    }

    record Arg(int kind, int source, int index, int flags, int width, int sizeParameter, int sizeWidth, int offset,
            int size, int sizeOffset, int area, int limit, List<Step> steps) {}

    record Step(int offset, boolean dereference) {}

    record Flt(int subject, int operator, int flags, int view, int slot, int other, int first, int count, int key,
            int longest, long value) {}

    record Sel(List<Flt> filters, List<Flt> returnFilters, List<Act> actions, List<Act> returnActions) {}

    record Act(int kind, int flags, int slot, int scope, int error, int signal, int seconds) {}

    record Reg(int target, int source, int width, int flags, long number) {}

    record Rng(long from, long to) {}

    record Cel(int operation, int slot, long literal) {}

    int flags() {
        return config.getInt(HookConfig.FLAGS);
    }

    int number() {
        return config.getInt(HookConfig.HOOK);
    }

    int opcode() {
        return config.get(HookConfig.OP);
    }

    int arguments() {
        return config.get(HookConfig.ARGUMENTS);
    }

    Arg argument(int slot) {
        int at = HookConfig.ARGUMENT + slot * HookArgument.SIZE;
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < config.get(at + HookArgument.STEPS); i++) {
            int step = at + HookArgument.STEP + i * HookStep.SIZE;
            steps.add(new Step(config.getInt(step + HookStep.OFFSET), config.getInt(step + HookStep.DEREFERENCE) != 0));
        }
        return new Arg(u8(at + HookArgument.KIND), u8(at + HookArgument.SOURCE), u8(at + HookArgument.INDEX),
                u8(at + HookArgument.FLAGS), u8(at + HookArgument.WIDTH), u8(at + HookArgument.SIZE_PARAMETER),
                u8(at + HookArgument.SIZE_WIDTH), config.getInt(at + HookArgument.OFFSET),
                config.getInt(at + HookArgument.SIZE_), config.getInt(at + HookArgument.SIZE_OFFSET),
                config.getInt(at + HookArgument.AREA), config.getInt(at + HookArgument.LIMIT), steps);
    }

    List<Sel> selectors() {
        List<Sel> selectors = new ArrayList<>();
        for (int i = 0; i < config.get(HookConfig.SELECTORS); i++) {
            int at = HookConfig.SELECTOR + i * HookSelector.SIZE;
            selectors.add(new Sel(filters(u16(at + HookSelector.FIRST_FILTER), u16(at + HookSelector.FILTERS)),
                    filters(u16(at + HookSelector.FIRST_RETURN_FILTER), u16(at + HookSelector.RETURN_FILTERS)),
                    actions(u16(at + HookSelector.FIRST_ACTION), u16(at + HookSelector.ACTIONS)),
                    actions(u16(at + HookSelector.FIRST_RETURN_ACTION), u16(at + HookSelector.RETURN_ACTIONS))));
        }
        return selectors;
    }

    /** The only filter of a hook that has one. */
    Flt filter() {
        return selectors().get(0).filters().get(0);
    }

    private List<Flt> filters(int first, int count) {
        List<Flt> filters = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            int at = HookConfig.FILTER + i * HookFilter.SIZE;
            filters.add(new Flt(u8(at + HookFilter.SUBJECT), u8(at + HookFilter.OPERATOR), u8(at + HookFilter.FLAGS),
                    u8(at + HookFilter.VIEW), u8(at + HookFilter.SLOT), u8(at + HookFilter.OTHER),
                    u16(at + HookFilter.FIRST), u16(at + HookFilter.COUNT), u16(at + HookFilter.KEY),
                    config.getInt(at + HookFilter.LONGEST), config.getLong(at + HookFilter.VALUE)));
        }
        return filters;
    }

    private List<Act> actions(int first, int count) {
        List<Act> actions = new ArrayList<>();
        for (int i = first; i < first + count; i++) {
            int at = HookConfig.ACTION + i * HookAction.SIZE;
            actions.add(new Act(u8(at + HookAction.KIND), u8(at + HookAction.FLAGS), u8(at + HookAction.SLOT),
                    u8(at + HookAction.SCOPE), config.getInt(at + HookAction.ERROR),
                    config.getInt(at + HookAction.SIGNAL), config.getInt(at + HookAction.SECONDS)));
        }
        return actions;
    }

    /** The registers that the only action of the only selector sets. */
    List<Reg> registers() {
        int action = HookConfig.ACTION + u16(HookConfig.SELECTOR + HookSelector.FIRST_ACTION) * HookAction.SIZE;
        List<Reg> registers = new ArrayList<>();
        for (int i = 0; i < u16(action + HookAction.REGISTERS); i++) {
            int at = HookConfig.REG + (u16(action + HookAction.FIRST_REGISTER) + i) * HookRegister.SIZE;
            registers.add(new Reg(u8(at + HookRegister.TARGET), u8(at + HookRegister.SOURCE), u8(at + HookRegister.WIDTH),
                    u8(at + HookRegister.FLAGS), config.getLong(at + HookRegister.NUMBER)));
        }
        return registers;
    }

    Rng range(int index) {
        int at = HookConfig.RANGE + index * HookRange.SIZE;
        return new Rng(config.getLong(at + HookRange.FROM), config.getLong(at + HookRange.TO));
    }

    long numberAt(int index) {
        return config.getLong(HookConfig.NUMBER + index * Long.BYTES);
    }

    Cel cel(int index) {
        int at = HookConfig.CEL + index * HookCel.SIZE;
        return new Cel(config.getInt(at + HookCel.OPERATION), config.getInt(at + HookCel.SLOT),
                config.getLong(at + HookCel.LITERAL));
    }

    List<BpfMap.Entry> entries(String map) {
        return plan.entries().getOrDefault(map, List.of());
    }

    private int u8(int at) {
        return config.get(at) & 0xff;
    }

    private int u16(int at) {
        return config.getShort(at) & 0xffff;
    }
}
