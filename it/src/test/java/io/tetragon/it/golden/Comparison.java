// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.golden;

import io.tetragon.it.kit.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The differences between two runs of one workload, process by process. */
final class Comparison {
    private static final String USER_STACK = ".user_stack_trace";
    private static final int SHOWN_PER_EVENT = 12;
    private static final int LINE = 240;

    private final Canonical golden;
    private final Canonical ours;
    private final boolean trimmed;
    private final List<String> differences = new ArrayList<>();

    private Comparison(Canonical golden, Canonical ours, boolean trimmed) {
        this.golden = golden;
        this.ours = ours;
        this.trimmed = trimmed;
    }

    /** Every difference as lines for a person. A trimmed recording is compared as far as it goes. */
    static List<String> differences(
            Life recorded, Canonical golden, Life played, Canonical ours, boolean trimmed) {
        Comparison comparison = new Comparison(golden, ours, trimmed);
        comparison.compare(recorded, played);
        return comparison.differences;
    }

    /** The differences between the lives of these programs, in the order of their pids, whatever came of others. */
    static List<String> differencesOf(
            Set<String> programs, Life recorded, Canonical golden, Life played, Canonical ours) {
        Comparison comparison = new Comparison(golden, ours, false);
        List<Life> wanted = ofPrograms(programs, recorded);
        List<Life> actual = ofPrograms(programs, played);
        if (wanted.size() != actual.size()) {
            comparison.differences.add(wanted.size() + " processes of " + programs + " recorded, " + actual.size()
                    + " came");
        }
        for (int i = 0; i < Math.min(wanted.size(), actual.size()); i++) {
            comparison.compareAll(wanted.get(i), actual.get(i));
        }
        return comparison.differences;
    }

    private static List<Life> ofPrograms(Set<String> programs, Life root) {
        return root.all().stream()
                .filter(life -> life.events().stream()
                        .anyMatch(event -> event.type().equals("process_exec")
                                && programs.contains(event.at("process.binary").asText())))
                .toList();
    }

    private void compare(Life recorded, Life played) {
        compareAll(recorded, played);
        counts(
                "children",
                recorded,
                recorded.children().stream().flatMap(life -> life.events().stream().limit(1)).toList(),
                played.children().stream().flatMap(life -> life.events().stream().limit(1)).toList());
        for (int i = 0; i < Math.min(recorded.children().size(), played.children().size()); i++) {
            compare(recorded.children().get(i), played.children().get(i));
        }
    }

    private void compareAll(Life recorded, Life played) {
        counts("events", recorded, recorded.events(), played.events());
        for (int i = 0; i < Math.min(recorded.events().size(), played.events().size()); i++) {
            compareEvents(recorded.place(), i, recorded.events().get(i), played.events().get(i), played.place());
        }
    }

    private void counts(String what, Life where, List<Event> recorded, List<Event> played) {
        boolean same = trimmed ? played.size() >= recorded.size() : played.size() == recorded.size();
        if (!same) {
            differences.add("process " + where.place() + ": " + recorded.size() + " " + what + " recorded, "
                    + played.size() + " came\n  recorded:\n" + list(recorded) + "  came:\n" + list(played));
        }
    }

    private void compareEvents(String place, int number, Event recorded, Event played, String playedAt) {
        List<String> wanted = golden.lines(recorded);
        // Where only some programs are compared, their siblings may be more or fewer.
        // The reference agent came too late for the maps of short-lived processes, and left their stacks out.
        boolean userStack = wanted.stream().anyMatch(line -> line.contains(USER_STACK));
        List<String> actual = ours.lines(played).stream()
                .filter(line -> userStack || !line.contains(USER_STACK))
                .filter(line -> recorded.json().has("time") || !line.startsWith("time = "))
                .map(line -> line.replace(" = " + playedAt + "/", " = " + place + "/")
                        .replace("(pid of " + playedAt + ")", "(pid of " + place + ")"))
                .toList();
        if (wanted.equals(actual)) {
            return;
        }
        List<String> text = new ArrayList<>();
        text.add("process " + place + ", event " + number + ": " + recorded.summary());
        List<String> missing = new ArrayList<>(wanted);
        missing.removeAll(actual);
        List<String> surplus = new ArrayList<>(actual);
        surplus.removeAll(wanted);
        missing.stream().limit(SHOWN_PER_EVENT).forEach(line -> text.add("  - " + shorten(line)));
        surplus.stream().limit(SHOWN_PER_EVENT).forEach(line -> text.add("  + " + shorten(line)));
        if (missing.isEmpty() && surplus.isEmpty()) {
            text.add("  the order of the fields:\n    recorded " + names(wanted) + "\n    came     " + names(actual));
        }
        differences.add(String.join("\n", text));
    }

    private static List<String> names(List<String> lines) {
        return lines.stream().map(line -> line.substring(0, line.indexOf(" = "))).toList();
    }

    private static String list(List<Event> events) {
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append("    ").append(event.summary()).append('\n'));
        return text.toString();
    }

    private static String shorten(String line) {
        return line.length() <= LINE ? line : line.substring(0, LINE) + "... (" + line.length() + " characters)";
    }
}
