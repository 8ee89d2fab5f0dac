// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.policy;

import io.tetragon.cli.internal.CliException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.CollectionStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * Sets the option {@code policy-mode} in a policy's text. One place is changed, so that comments, order and style stay
 * as they were written; what else the policy says is not looked at, that is the agent's part.
 *
 * <p>The text is walked as a stream of events: memory stays in proportion to it, whatever it nests or repeats.
 */
public final class PolicyMode {
    private static final String OPTION = "policy-mode";

    /** A change of the text: what stands from {@code start} to {@code end}, in code points, gives way to {@code text}. */
    private record Edit(int start, int end, String text) {}

    /** @param value null when the option has none */
    private record Option(@Nullable ScalarEvent value) {}

    private final String yaml;
    private final ParserImpl events;
    private @Nullable ScalarEvent specKey;
    private @Nullable Event spec;
    private boolean specIsEmpty;
    private @Nullable ScalarEvent optionsKey;
    private @Nullable Event options;
    private boolean optionsAreEmpty;
    private @Nullable Option found;

    private PolicyMode(String yaml) {
        this.yaml = yaml;
        LoaderOptions limits = new LoaderOptions();
        limits.setCodePointLimit(Integer.MAX_VALUE);
        events = new ParserImpl(new StreamReader(yaml), limits);
    }

    /**
     * Returns the text with the mode in it.
     *
     * @param mode {@code enforce} or {@code monitor}
     * @throws CliException if the text is no YAML, or written in a way that cannot be changed in one place
     */
    public static String set(String yaml, String mode) throws CliException {
        Edit edit = read(yaml).edit(mode);
        int start = yaml.offsetByCodePoints(0, edit.start);
        int end = yaml.offsetByCodePoints(start, edit.end - edit.start);
        String changed = yaml.substring(0, start) + edit.text + yaml.substring(end);
        // Styles that the edit did not think of show here instead of at the agent, as another policy.
        if (!mode.equals(of(changed))) {
            throw new CliException("the mode cannot be set in this policy: write spec.options as a plain list of"
                    + " name and value");
        }
        return changed;
    }

    /** Returns the mode that a policy's text asks for, null if none. */
    static @Nullable String of(String yaml) throws CliException {
        Option option = read(yaml).found;
        return option == null || option.value == null ? null : option.value.getValue();
    }

    private static PolicyMode read(String yaml) throws CliException {
        try {
            PolicyMode walk = new PolicyMode(yaml);
            walk.document();
            return walk;
        } catch (MarkedYAMLException e) {
            Mark mark = e.getProblemMark();
            String place = mark == null ? "" : (mark.getLine() + 1) + ":" + (mark.getColumn() + 1) + ": ";
            throw new CliException(place + "not valid YAML: " + e.getProblem(), e);
        } catch (YAMLException | NumberFormatException | IndexOutOfBoundsException e) {
            // The scanner lets number and index errors of malformed escapes through as they are.
            throw new CliException("not valid YAML: " + e.getMessage(), e);
        }
    }

    private void document() throws CliException {
        events.getEvent();
        if (events.checkEvent(Event.ID.StreamEnd)) {
            throw new CliException("the policy is empty");
        }
        events.getEvent();
        if (!events.checkEvent(Event.ID.MappingStart)) {
            throw new CliException("this is no policy: it is no mapping with a spec");
        }
        events.getEvent();
        forEachEntry((key, value) -> {
            if (key.getValue().equals("spec") && spec == null) {
                specKey = key;
                spec = value;
                spec(value);
            } else {
                skip(value);
            }
        });
        if (spec == null) {
            throw new CliException("this is no policy: it has no spec");
        }
        events.getEvent();
        if (!events.checkEvent(Event.ID.StreamEnd)) {
            throw new CliException("a second YAML document: put each policy into a file of its own");
        }
    }

    private void spec(Event value) {
        if (!value.is(Event.ID.MappingStart)) {
            skip(value);
            return;
        }
        specIsEmpty = events.checkEvent(Event.ID.MappingEnd);
        forEachEntry((key, below) -> {
            if (key.getValue().equals("options") && options == null) {
                optionsKey = key;
                options = below;
                options(below);
            } else {
                skip(below);
            }
        });
    }

    private void options(Event value) {
        if (!value.is(Event.ID.SequenceStart)) {
            skip(value);
            return;
        }
        optionsAreEmpty = events.checkEvent(Event.ID.SequenceEnd);
        while (!events.checkEvent(Event.ID.SequenceEnd)) {
            Event item = events.getEvent();
            if (item.is(Event.ID.MappingStart)) {
                option();
            } else {
                skip(item);
            }
        }
        events.getEvent();
    }

    private void option() {
        List<ScalarEvent> name = new ArrayList<>();
        List<ScalarEvent> value = new ArrayList<>();
        forEachEntry((key, below) -> {
            if (!(below instanceof ScalarEvent scalar)) {
                skip(below);
            } else if (key.getValue().equals("name")) {
                name.add(scalar);
            } else if (key.getValue().equals("value")) {
                value.add(scalar);
            }
        });
        if (found == null && !name.isEmpty() && name.get(0).getValue().equals(OPTION)) {
            found = new Option(value.isEmpty() ? null : value.get(0));
        }
    }

    private interface Entry {
        void accept(ScalarEvent key, Event value);
    }

    /** Walks a mapping after its start, up to and including its end. */
    private void forEachEntry(Entry entry) {
        while (!events.checkEvent(Event.ID.MappingEnd)) {
            Event key = events.getEvent();
            if (key instanceof ScalarEvent name) {
                entry.accept(name, events.getEvent());
            } else {
                skip(key);
                skip(events.getEvent());
            }
        }
        events.getEvent();
    }

    /** Passes what an event has begun. */
    private void skip(Event begun) {
        int depth = depth(begun);
        while (depth > 0) {
            depth += depth(events.getEvent());
        }
    }

    private static int depth(Event event) {
        return switch (event.getEventId()) {
            case MappingStart, SequenceStart -> 1;
            case MappingEnd, SequenceEnd -> -1;
            default -> 0;
        };
    }

    private Edit edit(String mode) throws CliException {
        String inline = "{\"name\": \"" + OPTION + "\", \"value\": \"" + mode + "\"}";
        if (found != null) {
            return value(found, mode);
        }
        if (options instanceof CollectionStartEvent list) {
            return list.isFlow()
                    ? after(list, inline + (optionsAreEmpty ? "" : ", "))
                    : below(optionsKey, item(list.getStartMark().getColumn(), mode));
        }
        if (options instanceof ScalarEvent nothing && nothing.isPlain()) {
            return new Edit(start(nothing), end(nothing), " [" + inline + "]");
        }
        if (options == null && spec instanceof CollectionStartEvent mapping) {
            int column = mapping.getStartMark().getColumn();
            return mapping.isFlow()
                    ? after(mapping, "\"options\": [" + inline + "]" + (specIsEmpty ? "" : ", "))
                    : below(specKey, line(column, "options:") + item(column, mode));
        }
        throw new CliException((options == null ? "spec" : "spec.options")
                + " is neither a list nor a mapping written in its place: write it out");
    }

    private static Edit value(Option option, String mode) throws CliException {
        ScalarEvent value = option.value;
        if (value == null) {
            throw new CliException("the option " + OPTION + " has no plain value: give it one");
        }
        boolean empty = start(value) == end(value);
        return new Edit(start(value), end(value),
                empty ? " " + mode : value.isPlain() ? mode : "\"" + mode + "\"");
    }

    private static Edit after(CollectionStartEvent collection, String text) {
        int behind = end(collection);
        return new Edit(behind, behind, text);
    }

    /** Below the line of the key, above whatever comments the first entry has. */
    private Edit below(@Nullable ScalarEvent key, String lines) throws CliException {
        if (key == null) {
            throw new IllegalStateException("a value without a key");
        }
        int from = yaml.offsetByCodePoints(0, end(key));
        int lineFeed = yaml.indexOf('\n', from);
        if (lineFeed < 0) {
            throw new CliException("lines of this policy do not end with a line feed: save it as a Unix text file");
        }
        int at = yaml.codePointCount(0, lineFeed + 1);
        boolean windows = lineFeed > 0 && yaml.charAt(lineFeed - 1) == '\r';
        return new Edit(at, at, windows ? lines.replace("\n", "\r\n") : lines);
    }

    private static String item(int column, String mode) {
        return line(column, "- name: " + OPTION) + line(column, "  value: " + mode);
    }

    private static String line(int column, String text) {
        return " ".repeat(column) + text + "\n";
    }

    private static int start(Event event) {
        return event.getStartMark().getIndex();
    }

    private static int end(Event event) {
        return event.getEndMark().getIndex();
    }
}
