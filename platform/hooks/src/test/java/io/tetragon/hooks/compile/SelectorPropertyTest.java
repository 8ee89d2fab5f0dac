// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.process.Namespaces;
import io.tetragon.policy.ArgumentTyping;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.NamespaceKind;
import io.tetragon.policy.model.Operator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Selectors of filters of all kinds decide as the policy's text does, whatever order they are compiled to. */
class SelectorPropertyTest {
    private static final int POLICIES = 300;
    private static final int CALLS = 60;
    private static final List<ArgumentType> TYPES = List.of(ArgumentType.INT32, ArgumentType.STRING, ArgumentType.FILE,
            ArgumentType.SOCK, ArgumentType.UINT64);

    private final RandomFilters random = new RandomFilters(4711);

    @Test
    void compiledSelectorsHoldForTheCallsThatThePolicyNames() throws Exception {
        long host = Integer.toUnsignedLong(Namespaces.ofHost(Path.of("/proc")).uts());
        int held = 0;
        for (int i = 0; i < POLICIES; i++) {
            String yaml = policy();
            HookSpec spec = Policies.kprobe(yaml);
            Compiled compiled = Policies.compile(spec);
            for (int call = 0; call < CALLS; call++) {
                List<Value> actual = TYPES.stream().map(random::actual).toList();
                Caller caller = random.caller(List.of(1L, 2L, host));
                for (int selector = 0; selector < spec.selectors().size(); selector++) {
                    boolean wanted = new ModelSemantics(spec, TYPES, host)
                            .holds(spec.selectors().get(selector), actual, caller);
                    boolean is = new ProgramSemantics(compiled)
                            .hold(compiled.selectors().get(selector).filters(), actual, caller);
                    assertEquals(wanted, is, () -> yaml + actual + "\n" + caller + "\n" + compiled.selectors());
                    held += wanted ? 1 : 0;
                }
            }
        }
        assertTrue(held > POLICIES, "only " + held + " held");
    }

    private String policy() {
        StringBuilder yaml = new StringBuilder("args:\n");
        for (int i = 0; i < TYPES.size(); i++) {
            yaml.append("- {index: ").append(i).append(", type: ").append(TYPES.get(i).words().get(0)).append("}\n");
        }
        yaml.append("selectors:\n");
        for (int i = random.random.nextInt(3); i >= 0; i--) {
            yaml.append("- label: a").append(i).append('\n');
            random.some(List.of(matchArgs(), "  matchPIDs:\n" + pids(), "  matchBinaries:\n" + binaries(),
                    "  matchParentBinaries:\n" + binaries(), "  matchNamespaces:\n" + namespaces(),
                    "  matchNamespaceChanges:\n  - {operator: " + inOrNot() + ", values: [Net, Uts]}\n",
                    "  matchCapabilities:\n" + capabilities(), "  matchCapabilityChanges:\n" + capabilities()))
                    .stream().limit(3).forEach(yaml::append);
        }
        return yaml.toString();
    }

    private String matchArgs() {
        StringBuilder yaml = new StringBuilder("  matchArgs:\n");
        for (int i = random.random.nextInt(2); i >= 0; i--) {
            int index = random.random.nextInt(TYPES.size());
            List<Operator> operators = Stream.of(Operator.values())
                    .filter(o -> ArgumentTyping.supports(TYPES.get(index), o) && o != Operator.CEL_EXPR).toList();
            Operator operator = random.pick(operators);
            yaml.append("  - {index: ").append(index).append(", operator: ").append(operator.word())
                    .append(", values: ")
                    .append(RandomFilters.yaml(random.values(TYPES.get(index), operator, 1))).append("}\n");
        }
        if (random.chance(4)) {
            yaml.append("  - {args: [0, 4], operator: CelExpr, values: ").append(RandomFilters
                    .yaml(random.values(ArgumentType.INT32, Operator.CEL_EXPR, 2))).append("}\n");
        }
        return yaml.toString();
    }

    private String pids() {
        return "  - {operator: " + inOrNot() + ", values: [" + random.random.nextInt(6) + ", 3], isNamespacePID: "
                + random.chance(2) + ", followForks: " + random.chance(2) + "}\n";
    }

    private String binaries() {
        String value = random.binary();
        return random.chance(2)
                ? "  - {operator: " + inOrNot() + ", values: [" + value + "], followChildren: " + random.chance(2) + "}\n"
                : "  - {operator: " + random.pick(List.of("Prefix", "NotPrefix", "Postfix", "NotPostfix"))
                        + ", values: [" + value + ", /usr, cat]}\n";
    }

    private String namespaces() {
        List<String> lines = new ArrayList<>();
        for (int i = random.random.nextInt(2); i >= 0; i--) {
            lines.add("  - {namespace: " + random.pick(List.of(NamespaceKind.UTS, NamespaceKind.NET)).word()
                    + ", operator: " + inOrNot() + ", values: [\"" + (1 + random.random.nextInt(2)) + "\"]}\n");
        }
        lines.add("  - {namespace: Uts, operator: " + inOrNot() + ", values: [\"host_ns\"]}\n");
        return String.join("", lines);
    }

    private String capabilities() {
        return "  - {type: " + random.pick(List.of("Effective", "Permitted", "Inheritable")) + ", operator: " + inOrNot()
                + ", values: [CAP_CHOWN, CAP_KILL], isNamespaceCapability: " + random.chance(2) + "}\n";
    }

    private String inOrNot() {
        return random.chance(2) ? "In" : "NotIn";
    }
}
