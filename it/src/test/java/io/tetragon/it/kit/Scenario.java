// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Optional;

/**
 * A row of a table: an action and the events that it must give, no more and no less.
 *
 * @param name a sentence: what a user would see
 * @param setup done before the action, for files it needs; its own processes do not count
 * @param cleanup done after it, whatever came of it
 * @param action a program; it ends with {@code status}
 */
public record Scenario(
        String name, Setup setup, Setup cleanup, Launch action, int status, List<ExpectedEvent> expected) {
    /** Prepares files for a row, or removes them. */
    @FunctionalInterface
    public interface Setup {
        void run() throws Exception;
    }

    public Scenario {
        expected = List.copyOf(expected);
    }

    public static Scenario row(String name, Launch action, ExpectedEvent... expected) {
        return new Scenario(name, () -> {}, () -> {}, action, 0, List.of(expected));
    }

    public Scenario given(Setup before) {
        return new Scenario(name, before, cleanup, action, status, expected);
    }

    public Scenario afterwards(Setup after) {
        return new Scenario(name, setup, after, action, status, expected);
    }

    /** The action's exit status, as a shell would say it, if it is not 0. */
    public Scenario endsWith(int other) {
        return new Scenario(name, setup, cleanup, action, other, expected);
    }

    /** Runs it under this agent and compares. */
    public void check(AgentProcess agent) throws Exception {
        action.missing().ifPresent(reason -> assumeTrue(false, reason));
        try {
            setup.run();
            play(agent);
        } finally {
            cleanup.run();
        }
    }

    private void play(AgentProcess agent) {
        EventLog log = agent.events();
        log.requireDelivery();
        Expectation expectation = new Expectation(expected);
        int mark = log.mark();
        Launch.Running running = action.start();
        if (action.held()) {
            Expectation execs =
                    new Expectation(expected.stream().filter(ExpectedEvent::isExec).toList());
            log.await(mark, events -> execs.isMet(EventTree.below(running.pid(), events)));
            running.release();
        }
        assertEquals(status, running.awaitEnd(), () -> "status of the action; it printed:\n" + running.output());

        log.barrier();
        log.await(Timeouts.late(), mark, events -> expectation.isMet(EventTree.below(running.pid(), events)));
        List<Event> events = EventTree.below(running.pid(), log.since(mark));
        Optional<String> difference = expectation.difference(events);
        if (difference.isPresent()) {
            fail(difference.get() + (events.isEmpty() ? "all events since the action started:\n"
                    + EventLog.summary(log.since(mark)) : ""));
        }
        assertEquals(List.of(), Invariants.broken(events), "rules that hold for every process");
    }

    @Override
    public String toString() {
        return name;
    }
}
