// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.EventTree;
import io.tetragon.it.kit.Expectation;
import io.tetragon.it.kit.ExpectedEvent;
import io.tetragon.it.kit.Invariants;
import io.tetragon.it.kit.Lane;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.Scenario.Setup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A row of a table: a policy, an action, and the events that the policy must give of the action's processes, no more
 * and no less. The policy is there for that one action; a held action has started before it comes.
 *
 * @param name a sentence: what a user would see
 * @param lane what it needs of the kernel
 * @param specs the {@code spec} of each policy
 * @param setup done before the policies come
 * @param action a program; it ends with {@code status}, as a shell would say it
 */
record PolicyScenario(
        String name,
        Lane lane,
        List<String> specs,
        Setup setup,
        Launch action,
        int status,
        List<ExpectedEvent> expected) {
    /** Of the rows that kernels with few features are tried with, too. */
    static final String SMOKE = "smoke: ";

    private static final String POLICY = "it-row-";

    PolicyScenario {
        specs = List.copyOf(specs);
        expected = List.copyOf(expected);
    }

    static PolicyScenario row(String name, Lane lane, String spec, Launch action, ExpectedEvent... expected) {
        return new PolicyScenario(name, lane, List.of(spec), () -> {}, action, 0, List.of(expected));
    }

    /** With one more policy at the same time. */
    PolicyScenario and(String spec) {
        List<String> more = new ArrayList<>(specs);
        more.add(spec);
        return new PolicyScenario(name, lane, more, setup, action, status, expected);
    }

    PolicyScenario given(Setup before) {
        return new PolicyScenario(name, lane, specs, before, action, status, expected);
    }

    PolicyScenario endsWith(int other) {
        return new PolicyScenario(name, lane, specs, setup, action, other, expected);
    }

    boolean isSmoke() {
        return name.startsWith(SMOKE);
    }

    void check(AgentProcess agent, PolicyClient policies) throws Exception {
        if (specs.stream().anyMatch(spec -> spec.contains("usdts:"))) {
            Places.missingSensor("uprobe").ifPresent(reason -> assumeTrue(false, reason));
        }
        lane.missing().ifPresent(reason -> assumeTrue(false, reason));
        action.missing().ifPresent(reason -> assumeTrue(false, reason));
        for (String sensor : List.of("kprobe", "tracepoint")) {
            if (specs.stream().anyMatch(spec -> spec.contains(sensor + "s:"))) {
                Places.missingSensor(sensor).ifPresent(reason -> assumeTrue(false, reason));
            }
        }
        EventLog log = agent.events();
        log.requireDelivery();
        setup.run();
        Launch.Running running = action.held() ? action.start() : null;
        try {
            for (int i = 0; i < specs.size(); i++) {
                policies.add(PolicyText.of(POLICY + i, specs.get(i)));
            }
            play(log, running);
        } finally {
            if (running != null) {
                running.process().destroyForcibly();
            }
            for (int i = 0; i < specs.size(); i++) {
                String policy = POLICY + i;
                if (policies.find(policy).isPresent()) {
                    policies.delete(policy);
                }
            }
        }
        assertEquals(Optional.empty(), policies.find(POLICY + 0), "the policy after it was deleted");
    }

    private void play(EventLog log, Launch.Running held) {
        Expectation expectation = new Expectation(expected);
        int mark = log.mark();
        Launch.Running running = held == null ? action.start() : held;
        running.release();
        assertEquals(status, running.awaitEnd(), () -> "status of the action; it printed:\n" + running.output());

        log.barrier();
        log.await(mark, events -> expectation.isMet(hits(running, events)));
        List<Event> events = log.since(mark);
        expectation.difference(hits(running, events)).ifPresent(difference -> fail(
                difference + "all events since the action started:\n" + EventLog.summary(events) + "policies:\n"
                        + String.join("---\n", specs)));
        assertEquals(
                List.of(),
                Invariants.broken(EventTree.below(running.pid(), events)),
                "rules that hold for every process");
    }

    private static List<Event> hits(Launch.Running running, List<Event> events) {
        return EventTree.below(running.pid(), events).stream()
                .filter(event -> event.at("policy_name").asText("").startsWith(POLICY))
                .toList();
    }

    @Override
    public String toString() {
        return name;
    }
}
