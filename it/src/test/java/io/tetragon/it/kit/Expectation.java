// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The events of one process tree: exactly these. Events of different processes may come in any order, those of one
 * process come in the order given.
 */
public final class Expectation {
    private final List<ExpectedEvent> expected;

    public Expectation(List<ExpectedEvent> expected) {
        this.expected = List.copyOf(expected);
    }

    /** Whether every expected event is among these. */
    public boolean isMet(List<Event> events) {
        return match(events).unmatched().isEmpty();
    }

    /** What is missing and what is too much, for a person; empty if the events are as expected. */
    public Optional<String> difference(List<Event> events) {
        Match match = match(events);
        if (match.unmatched().isEmpty() && match.surplus().isEmpty()) {
            return Optional.empty();
        }
        StringBuilder text = new StringBuilder("the events are not as expected\n");
        for (ExpectedEvent missing : match.unmatched()) {
            text.append("  missing: ").append(missing).append('\n');
            nearest(missing, match.surplus(), match.labels()).ifPresent(text::append);
        }
        if (!match.surplus().isEmpty()) {
            text.append("  not expected:\n");
            match.surplus().forEach(event -> text.append("    ").append(event.json()).append('\n'));
        }
        return Optional.of(
                text.append("all events of the tree:\n").append(EventLog.summary(events)).toString());
    }

    private record Match(List<ExpectedEvent> unmatched, List<Event> surplus, Map<String, String> labels) {}

    /** Greedy: an expectation takes the first event that fits and comes after those its process already gave. */
    private Match match(List<Event> events) {
        List<Event> left = new ArrayList<>(events);
        List<ExpectedEvent> unmatched = new ArrayList<>();
        Map<String, String> labels = new LinkedHashMap<>();
        Map<Long, Integer> lastOfPid = new HashMap<>();
        for (ExpectedEvent wanted : expected) {
            Optional<Event> found = left.stream()
                    .filter(event -> event.number() > lastOfPid.getOrDefault(event.pid(), -1))
                    .filter(event -> wanted.mismatches(event, labels).isEmpty())
                    .findFirst();
            if (found.isPresent()) {
                Event event = found.get();
                left.remove(event);
                wanted.bind(event, labels);
                lastOfPid.put(event.pid(), event.number());
            } else {
                unmatched.add(wanted);
            }
        }
        return new Match(unmatched, left, labels);
    }

    private static Optional<String> nearest(ExpectedEvent wanted, List<Event> events, Map<String, String> labels) {
        return events.stream()
                .map(event -> wanted.mismatches(event, labels))
                .min(Comparator.comparingInt(List::size))
                .map(wrong -> "    nearest that came:\n      " + String.join("\n      ", wrong) + "\n");
    }
}
