// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.internal.abi.HookFilterFlags;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.hooks.internal.abi.HookOperator;
import io.tetragon.policy.model.Position;
import java.util.ArrayList;
import java.util.List;

/** Where the values of a hook's filters go: pools of the configuration, or maps. Used by one thread. */
final class Values {
    /** Ranges that cost no more than a lookup in a map. */
    private static final int FEW_RANGES = 4;

    /** Numbers that one range is worth: a map takes some hundred bytes for each. */
    private static final int DENSE = 16;

    /** Numbers that ranges are taken apart into where they do not fit otherwise. */
    private static final int EXPANDED_MAX = 65_536;

    final Pool<Long> numbers;
    final Pool<Intervals.Interval> ranges;
    final Pool<CelCode.Operation> operations;
    final Pool<Overrides.Register> registers;
    final MapEntries maps = new MapEntries();

    Values(CompileErrors errors) {
        numbers = new Pool<>("numbers in filters", HookLimits.HOOK_NUMBERS_MAX, errors);
        ranges = new Pool<>("ranges in filters", HookLimits.HOOK_RANGES_MAX, errors);
        operations = new Pool<>("operations in expressions", HookLimits.HOOK_CEL_MAX, errors);
        registers = new Pool<>("registers in overrides", HookLimits.HOOK_REGISTERS_MAX, errors);
    }

    /**
     * Makes a filter hold for a set of numbers, by the cheapest comparison: a few of them one by one, as ranges where there are
     * few or wide ones, else by a lookup. The empty set is a comparison with no numbers, which never holds.
     */
    Filter among(Position at, Filter filter, Intervals set, boolean signed) throws TetragonException {
        List<Intervals.Interval> joined = set.joined();
        long count = Intervals.count(joined, EXPANDED_MAX);
        if (count <= HookLimits.HOOK_NUMBERS_INLINE && numbers.fits((int) count)) {
            return filter.operator(filter.cost(), HookOperator.OPERATOR_EQUAL)
                    .pool(numbers.add(at, expanded(joined)), (int) count);
        }
        boolean few = joined.size() <= FEW_RANGES && joined.size() < count || joined.size() * DENSE <= count;
        if (!(few && ranges.fits(joined.size())) && count <= EXPANDED_MAX) {
            return filter.operator(dearer(filter.cost()), HookOperator.OPERATOR_SET).key(maps.numbers(expanded(joined)));
        }
        return filter.operator(filter.cost(), HookOperator.OPERATOR_RANGE).pool(ranges.add(at, joined), joined.size())
                .with(HookFilterFlags.FILTER_SIGNED, signed);
    }

    private static Filter.Cost dearer(Filter.Cost cost) {
        return cost.compareTo(Filter.Cost.SET) < 0 ? Filter.Cost.SET : cost;
    }

    private static List<Long> expanded(List<Intervals.Interval> joined) {
        List<Long> all = new ArrayList<>();
        for (Intervals.Interval interval : joined) {
            for (long number = interval.from(); ; number++) {
                all.add(number);
                if (number == interval.to()) {
                    break;
                }
            }
        }
        return all;
    }
}
