// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.policy.model.PolicyKind;
import io.tetragon.policy.model.TracingPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Policies that work with the upstream agent work here. */
class CorpusTest {
    private final PolicyParser parser = new PolicyParser();

    @TestFactory
    List<DynamicTest> every_known_policy_is_read_without_problems_or_warnings() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : Shared.policies()) {
            tests.add(DynamicTest.dynamicTest(file.getParent().getFileName() + "/" + file.getFileName(), () -> {
                PolicyResult result = parser.parse(Shared.read(file), Shared.CONTEXT);
                PolicyResult.Accepted accepted = assertInstanceOf(PolicyResult.Accepted.class, result,
                        () -> ((PolicyResult.Rejected) result).text());
                assertEquals(List.of(), accepted.warnings());
                TracingPolicy policy = accepted.policy();
                assertTrue(policy.loader() || !policy.hooks().isEmpty());
            }));
        }
        return tests;
    }

    @Test
    void without_kubernetes_the_namespaced_ones_are_refused_and_no_other() throws IOException {
        PolicyContext standalone =
                PolicyContext.standalone(Shared.CONTEXT.syscalls(), Shared.CONTEXT.tracedFunctions());
        for (Path file : Shared.policies()) {
            byte[] yaml = Shared.read(file);
            boolean namespaced = new String(yaml, StandardCharsets.UTF_8)
                    .contains(PolicyKind.NAMESPACED.word());
            PolicyResult result = parser.parse(yaml, standalone);
            assertEquals(namespaced, result instanceof PolicyResult.Rejected, () -> file + ": " + result);
            if (result instanceof PolicyResult.Rejected rejected) {
                assertEquals("2:7: kind: TracingPolicyNamespaced without policy filter: the agent knows of no namespaces, "
                        + "so the restriction could not be kept (start the agent with --enable-policy-filter or write "
                        + "kind: TracingPolicy)", rejected.text());
            }
        }
    }
}
