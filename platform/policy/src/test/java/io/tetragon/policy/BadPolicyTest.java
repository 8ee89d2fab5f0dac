// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The table of {@code bad-policies.txt}: each policy with the very lines that are said about it. */
class BadPolicyTest {
    private static final String HEAD = "=== ";
    private static final String ANSWER = "---- problems\n";

    @TestFactory
    List<DynamicTest> a_bad_policy_is_answered_with_exactly_these_lines() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (String entry : table().split("(?m)^" + HEAD)) {
            if (entry.isBlank()) {
                continue;
            }
            String name = entry.substring(0, entry.indexOf('\n'));
            String rest = entry.substring(entry.indexOf('\n') + 1);
            int answer = rest.indexOf(ANSWER);
            String policy = rest.substring(0, answer);
            String expected = rest.substring(answer + ANSWER.length()).strip();
            tests.add(DynamicTest.dynamicTest(name, () -> {
                PolicyResult result = new PolicyParser().parse(policy.getBytes(StandardCharsets.UTF_8), Shared.CONTEXT);
                assertEquals(expected, text(result));
                assertFalse(result instanceof PolicyResult.Accepted);
            }));
        }
        return tests;
    }

    private static String text(PolicyResult result) {
        String warnings = result.warnings().stream()
                .map(warning -> "warning " + warning.text())
                .collect(Collectors.joining("\n"));
        String errors = result instanceof PolicyResult.Rejected rejected ? rejected.text() : "";
        return (errors + "\n" + warnings).strip();
    }

    private static String table() throws IOException {
        try (InputStream in = BadPolicyTest.class.getResourceAsStream("/bad-policies.txt")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
