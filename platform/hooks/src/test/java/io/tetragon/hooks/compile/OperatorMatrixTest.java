// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.policy.ArgumentTyping;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.Operator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every operator on every type that has it: the compiled filter decides as the policy's text does. */
class OperatorMatrixTest {
    private static final int FILTERS = 10;
    private static final int CALLS = 40;

    @TestFactory
    Stream<DynamicTest> everyOperatorOfEveryTypeMeansWhatItSays() {
        List<DynamicTest> tests = new ArrayList<>();
        for (ArgumentType type : ArgumentType.values()) {
            for (Operator operator : Operator.values()) {
                if (type != ArgumentType.AUTO && ArgumentTyping.supports(type, operator)) {
                    tests.add(DynamicTest.dynamicTest(type.words().get(0) + " " + operator.word(),
                            () -> compare(type, operator)));
                }
            }
        }
        assertTrue(tests.size() > 250, "only " + tests.size() + " pairs");
        return tests.stream();
    }

    private static void compare(ArgumentType type, Operator operator) throws Exception {
        boolean several = operator == Operator.CEL_EXPR || operator == Operator.CAPABILITIES_GAINED;
        int arguments = operator == Operator.CEL_EXPR ? 3 : several ? 2 : 1;
        RandomFilters random = new RandomFilters(31L * type.ordinal() + operator.ordinal());
        int held = 0;
        for (int i = 0; i < FILTERS; i++) {
            StringBuilder yaml = new StringBuilder("args:\n");
            for (int argument = 0; argument < arguments; argument++) {
                yaml.append("- {index: ").append(argument).append(", type: ").append(type.words().get(0))
                        .append("}\n");
            }
            List<String> values = random.values(type, operator, arguments);
            yaml.append("selectors:\n- matchArgs:\n  - operator: ").append(operator.word()).append('\n')
                    .append(several ? "    args: " + (arguments == 2 ? "[0, 1]" : "[0, 1, 2]") : "    index: 0")
                    .append("\n    values: ").append(RandomFilters.yaml(values)).append('\n');
            HookSpec spec = Policies.kprobe(yaml.toString());
            Compiled compiled = Policies.compile(spec);
            assertEquals(List.of(), compiled.hook.warnings());
            List<ArgumentType> types = Collections.nCopies(arguments, type);
            for (int call = 0; call < CALLS; call++) {
                List<Value> actual = types.stream().map(random::actual).toList();
                Caller caller = random.caller(List.of(1L));
                boolean wanted = new ModelSemantics(spec, types, 1).holds(spec.selectors().get(0), actual, caller);
                boolean is = new ProgramSemantics(compiled)
                        .hold(compiled.selectors().get(0).filters(), actual, caller);
                assertEquals(wanted, is, () -> operator.word() + " " + values + " on " + actual + " by "
                        + compiled.selectors());
                held += wanted ? 1 : 0;
            }
        }
        assertTrue(held > 0, "no filter ever held: the values do not meet");
        assertTrue(held < FILTERS * CALLS, "every filter always held");
    }
}
