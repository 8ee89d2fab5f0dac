// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static io.tetragon.it.kit.Places.scratch;
import static io.tetragon.it.kit.Places.trigger;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.grpc.StatusRuntimeException;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What a policy with USDTs is told that cannot be loaded; nothing of it stays. */
@NeedsAgent
@Order(9)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UsdtRefusalsIT {
    private static final String POLICY = "refused";
    private static final String PROGRAM = trigger("usdt-operands");

    private PolicyClient policies;

    @BeforeAll
    void start() {
        Places.missingSensor("uprobe").ifPresent(reason -> assumeTrue(false, reason));
        Launch.of(PROGRAM).missing().ifPresent(reason -> assumeTrue(false, reason));
        policies = new PolicyClient(Agents.running(AgentSetup.DEFAULTS));
    }

    @AfterAll
    void stop() {
        if (policies != null) {
            policies.close();
        }
    }

    @Test
    void aProbeThatDoesNotExistIsRefusedWithThoseThatAreNear() {
        refused(PROGRAM, "constants", "", "test:constants", "has no such probe", "did you mean test:constant");
        refused(PROGRAM, "zzzz", "", "has no such probe", "generate usdts -b " + PROGRAM);
    }

    @Test
    void aFileWithoutProbesIsNamed() throws IOException {
        refused("/nonexistent", "line", "", "/nonexistent does not exist");
        refused("/etc/passwd", "line", "", "/etc/passwd is no ELF file");
        refused("/etc", "line", "", "/etc is no regular file");
        refused(trigger("true"), "line", "", trigger("true") + " has no USDT probes");
        byte[] program = Files.readAllBytes(Path.of(PROGRAM));
        String cut = Files.write(Path.of(scratch("cut")), Arrays.copyOf(program, program.length / 2)).toString();
        refused(cut, "constant", "", cut + " is a damaged ELF file");
    }

    @Test
    void anArgumentThatCannotBeReadIsNamedWithItsOperand() {
        refused(PROGRAM, "real", arg(0, "int64"), "test:real", "argument 0", "8f@%xmm", "floating-point");
        refused(PROGRAM, "constant", arg(4, "int64"), "no argument 4", "the probe has 4 arguments");
    }

    @Test
    void setIsForFourBytesOfMemory() {
        refused(PROGRAM, "set", arg(1, "int64") + set(1), "Set", "\"-8@$1\" is not 4 bytes in memory");
        refused(PROGRAM, "register", arg(1, "int32") + set(1), "Set", "is not 4 bytes in memory");
    }

    @Test
    void setIsRefusedWhereTheKernelDoesNotWriteToProcesses() {
        String policy = policy(PROGRAM, "set", arg(0, "int32") + set(0));
        try {
            policies.add(policy);
            assumeTrue(false, "this kernel does");
        } catch (StatusRuntimeException refusal) {
            String said = String.valueOf(refusal.getStatus().getDescription());
            assertTrue(said.contains("test:set: Set: this kernel lacks probe_write_user"), said);
        } finally {
            policies.deleteAll();
        }
    }

    @Test
    void actionsOfOtherHooksAreRefused() {
        String selector = "selectors:\n- matchActions:\n  - ";
        refused(PROGRAM, "set", selector + "{action: GetUrl, argUrl: \"http://localhost/\"}\n", "GetUrl on a USDT probe");
        refused(PROGRAM, "set", selector + "{action: DnsLookup, argFqdn: \"localhost\"}\n", "DnsLookup on a USDT probe");
        refused(PROGRAM, "set", selector + "{action: Override, argError: -1}\n", "Override on a USDT probe");
    }

    @Test
    void aPolicyOfANamespaceHasNoUsdts() {
        String policy = policy(PROGRAM, "constant", "").replace("kind: TracingPolicy", "kind: TracingPolicyNamespaced");
        String said = refusal(policy);
        assertTrue(said.contains("usdts in a TracingPolicyNamespaced"), said);
    }

    private void refused(String path, String probe, String rest, String... words) {
        String said = refusal(policy(path, probe, rest));
        assertFalse(said.strip().contains("\n"), said);
        for (String word : words) {
            assertTrue(said.contains(word), () -> "\"" + word + "\" is not in: " + said);
        }
    }

    private String refusal(String policy) {
        try {
            StatusRuntimeException refusal =
                    assertThrows(StatusRuntimeException.class, () -> policies.add(policy));
            return String.valueOf(refusal.getStatus().getDescription());
        } finally {
            policies.deleteAll();
            assertEquals(List.of(), policies.list());
        }
    }

    private static String policy(String path, String probe, String rest) {
        return PolicyText.of(POLICY, """
                usdts:
                - path: "%s"
                  provider: "test"
                  name: "%s"
                """.formatted(path, probe) + rest.indent(2));
    }

    private static String arg(int index, String type) {
        return "args:\n- {index: " + index + ", type: \"" + type + "\"}\n";
    }

    private static String set(int index) {
        return "selectors:\n- matchActions:\n  - {action: Set, argIndex: " + index + ", argValue: 1}\n";
    }
}
