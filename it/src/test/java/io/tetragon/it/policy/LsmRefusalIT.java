// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.StatusRuntimeException;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies on LSM hooks that no kernel, or not this one, can serve: what is said, and that nothing is left. */
@NeedsAgent
@Order(7)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LsmRefusalIT {
    private static final String POLICY = "refused";

    private PolicyClient policies;

    @BeforeAll
    void start() {
        Places.missingSensor("lsm").ifPresent(reason -> assumeTrue(false, reason));
        AgentProcess agent = Agents.running(AgentSetup.DEFAULTS);
        policies = new PolicyClient(agent);
    }

    @AfterAll
    void stop() {
        if (policies != null) {
            policies.close();
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', value = {
        "file_opem    | matchActions: [{action: Post}]                          | LSM hook file_opem: this kernel has no such hook (did you mean file_open",
        "no_such_hook | matchActions: [{action: Post}]                          | LSM hook no_such_hook: this kernel has no such hook",
        "bpf_lsm_file_open | matchActions: [{action: Post}]                     | hooks are named without bpf_lsm_",
        "file_open    | matchActions: [{action: Post, kernelStackTrace: true}]  | stack trace on an LSM hook",
        "file_open    | matchActions: [{action: Post, userStackTrace: true}]    | stack trace on an LSM hook",
        "file_open    | matchActions: [{action: GetUrl, argUrl: 'http://a/b'}]  | action GetUrl on an LSM hook",
        "file_open    | matchActions: [{action: DnsLookup, argFqdn: a.b}]       | action DnsLookup on an LSM hook",
        "file_open    | matchActions: [{action: NotifyEnforcer, argError: -1}]  | action NotifyEnforcer on an LSM hook",
        "file_open    | matchActions: [{action: TrackSock, argSock: 0}]         | action TrackSock on an LSM hook",
        "file_open    | matchActions: [{action: Set, argIndex: 0, argValue: 1}] | action Set on an LSM hook",
        "file_open    | matchActions: [{action: Override, argError: 1}]         | argError 1",
        "file_open    | matchActions: [{action: Override, argError: -4096}]     | argError -4096",
        "file_open    | matchReturnArgs: [{index: 0, operator: Equal, values: ['0']}] | matchReturnArgs without a return value",
        "file_open    | matchReturnActions: [{action: Post}]                    | matchReturnActions without a return value",
    })
    void theErrorNamesWhatIsWrong(String hook, String selector, String words) {
        String said = refusal(policies, hook(hook, selector));
        assertTrue(said.contains(words), said);
    }

    @Test
    void aKernelThatTakesNoLsmProgramsIsToldSoWhateverThePolicyAsksFor() {
        assumeTrue(Lane.LSM.missing().isPresent(), "this kernel takes LSM programs");
        String hashing = hook("bprm_check_security", "matchActions: [{action: Post, imaHash: true}]");
        for (String spec : List.of(
                hook("file_open", "matchActions: [{action: Override, argError: -1}]"),
                hook("file_open", "matchActions: [{action: Post}]") + "- hook: file_open\n",
                hashing)) {
            String said = refusal(policies, spec);
            assertTrue(said.contains("this kernel lacks lsm: ") && said.contains("LSM hook "), said);
        }
    }

    /** A policy's hook with this selector. */
    static String hook(String name, String selector) {
        return "lsmhooks:\n- hook: \"" + name + "\"\n  selectors:\n  - " + selector + "\n";
    }

    /** What the agent says against this policy; it is then not there. */
    static String refusal(PolicyClient policies, String spec) {
        StatusRuntimeException refused =
                assertThrows(StatusRuntimeException.class, () -> policies.add(PolicyText.of(POLICY, spec)));
        policies.find(POLICY).ifPresent(left -> {
            assertEquals("load_error", left.state());
            policies.delete(POLICY);
        });
        return String.valueOf(refused.getStatus().getDescription());
    }
}
