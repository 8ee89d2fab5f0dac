// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.PolicyClient;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row under one agent, which gets and loses its policies while it runs. */
@NeedsAgent
@Order(5)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PolicyTableIT {
    private static final AgentSetup SETUP = AgentSetup.DEFAULTS.with("--parents-map-enabled", "--enable-process-cred");

    /** For who works on some of them. */
    private static final Pattern WANTED = Pattern.compile(System.getProperty("tetragon.it.rows", ""));

    private AgentProcess agent;
    private PolicyClient policies;

    static Stream<PolicyScenario> rows() {
        return Stream.of(
                        ArgumentRows.rows(),
                        KernelObjectRows.rows(),
                        ResolveRows.rows(),
                        NumberFilterRows.rows(),
                        TextFilterRows.rows(),
                        BinaryRows.rows(),
                        ProcessFilterRows.rows(),
                        ActionRows.rows(),
                        UsdtRows.rows(),
                        OverrideRows.rows(),
                        NetworkRows.rows(),
                        TracepointRows.rows(),
                        ListRows.rows())
                .flatMap(rows -> rows)
                .filter(row -> WANTED.matcher(row.name()).find());
    }

    static Stream<PolicyScenario> smokeRows() {
        return rows().filter(PolicyScenario::isSmoke);
    }

    static Stream<PolicyScenario> matrixRows() {
        return rows().filter(row -> !row.isSmoke());
    }

    @BeforeAll
    void start() {
        agent = Agents.running(SETUP);
        policies = new PolicyClient(agent);
    }

    @AfterAll
    void stop() {
        policies.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("smokeRows")
    void aPolicyReportsWhatItSays(PolicyScenario row) throws Exception {
        row.check(agent, policies);
    }

    /** Left out where a kernel is only tried. */
    @Tag("matrix")
    @ParameterizedTest(name = "{0}")
    @MethodSource("matrixRows")
    void everyPolicyReportsWhatItSays(PolicyScenario row) throws Exception {
        row.check(agent, policies);
    }
}
