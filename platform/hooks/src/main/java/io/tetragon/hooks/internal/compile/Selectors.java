// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.internal.abi.HookArgumentFlags;
import io.tetragon.hooks.internal.abi.HookFilterFlags;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.hooks.internal.abi.HookOperator;
import io.tetragon.hooks.internal.abi.HookSubject;
import io.tetragon.policy.model.ArgumentFilter;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.Position;
import io.tetragon.policy.model.Selector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Compiles the selectors of a hook. Used by one thread. */
final class Selectors {
    private final HookSpec spec;
    private final List<Slot> slots;
    private final @Nullable Slot returned;
    private final Pool<Filter> filters;
    private final Pool<Actions.Step> actions;
    private final ProcessFilters processFilters;
    private final ArgumentFilters argumentFilters;
    private final Overrides overrides;
    private final CompileErrors errors;
    private final List<Configuration.SelectorRuns> runs = new ArrayList<>();

    /**
     * @param slots of {@code args} and {@code data}
     * @param returned the return value; null when it is not read
     */
    Selectors(HookSpec spec, List<Slot> slots, @Nullable Slot returned, ProcessFilters processFilters,
            ArgumentFilters argumentFilters, Overrides overrides, CompileErrors errors) {
        this.spec = spec;
        this.slots = slots;
        this.returned = returned;
        this.processFilters = processFilters;
        this.argumentFilters = argumentFilters;
        this.overrides = overrides;
        this.errors = errors;
        filters = new Pool<>("filters", HookLimits.HOOK_FILTERS_MAX, errors);
        actions = new Pool<>("actions", HookLimits.HOOK_ACTIONS_MAX, errors);
    }

    void compile() throws TetragonException {
        if (spec.selectors().size() > HookLimits.HOOK_SELECTORS_MAX) {
            throw errors.limit(spec.at(), "selectors", spec.selectors().size(), HookLimits.HOOK_SELECTORS_MAX,
                    "divide the hook among several policies");
        }
        for (Selector selector : spec.selectors()) {
            runs.add(runs(selector));
        }
    }

    List<Configuration.SelectorRuns> runs() {
        return runs;
    }

    List<Filter> filters() {
        return filters.entries();
    }

    List<Actions.Step> actions() {
        return actions.entries();
    }

    /** Whether a filter looks at the entry of the process map. */
    boolean needProcess() {
        return filters().stream().anyMatch(filter -> switch (filter.subject()) {
            case HookSubject.SUBJECT_BINARY, HookSubject.SUBJECT_PARENT_BINARY, HookSubject.SUBJECT_NAMESPACE_PID,
                    HookSubject.SUBJECT_NAMESPACE_CHANGE, HookSubject.SUBJECT_CAPABILITY_CHANGE -> true;
            default -> (filter.flags() & HookFilterFlags.FILTER_FOLLOW) != 0;
        });
    }

    boolean limitRates() {
        return actions().stream().anyMatch(action -> action.seconds() > 0);
    }

    /** Whether any action is one of those, each an {@code ACTION_*}. */
    boolean act(int... kinds) {
        return actions().stream().anyMatch(action -> IntStream.of(kinds).anyMatch(kind -> kind == action.kind()));
    }

    private Configuration.SelectorRuns runs(Selector selector) throws TetragonException {
        List<Filter> entry = new ArrayList<>(processFilters.compile(selector));
        List<Filter> exit = new ArrayList<>();
        for (ArgumentFilter filter : selector.args()) {
            add(filter, filter.arguments().stream().map(slots::get).toList(), entry, exit);
        }
        for (ArgumentFilter filter : selector.data()) {
            add(filter, filter.arguments().stream().map(i -> slots.get(spec.args().size() + i)).toList(), entry, exit);
        }
        for (ArgumentFilter filter : selector.returnArgs()) {
            if (returned == null) {
                throw errors.wrong(filter.at(), "matchReturnArgs", "the hook does not wait for a return",
                        "add return: true and returnArg");
            }
            exit.add(argumentFilters.compile(filter, List.of(returned)));
        }
        List<Actions.Step> steps = Actions.of(selector.actions(), overrides);
        List<Actions.Step> returnSteps = selector.returnActions().isEmpty() ? List.of()
                : Actions.of(selector.returnActions(), overrides.atReturn());
        return new Configuration.SelectorRuns(filters(selector.at(), entry), filters(selector.at(), exit),
                run(actions, selector.at(), steps), run(actions, selector.at(), returnSteps));
    }

    /** What is read when the function returns is compared then, too. */
    private void add(ArgumentFilter filter, List<Slot> on, List<Filter> entry, List<Filter> exit)
            throws TetragonException {
        boolean atReturn = on.stream().anyMatch(slot -> (slot.flags() & HookArgumentFlags.ARGUMENT_AT_RETURN) != 0);
        (atReturn ? exit : entry).add(argumentFilters.compile(filter, on));
    }

    private Configuration.Run filters(Position at, List<Filter> unsorted) throws TetragonException {
        List<Filter> sorted = new ArrayList<>(unsorted);
        sorted.sort(Comparator.comparing(Filter::cost).thenComparing(filter -> filter.operator()
                == HookOperator.OPERATOR_SET || filter.operator() == HookOperator.OPERATOR_CEL));
        return run(filters, at, sorted);
    }

    private static <T> Configuration.Run run(Pool<T> pool, Position at, List<T> entries) throws TetragonException {
        return entries.isEmpty() ? Configuration.Run.EMPTY : new Configuration.Run(pool.add(at, entries), entries.size());
    }
}
