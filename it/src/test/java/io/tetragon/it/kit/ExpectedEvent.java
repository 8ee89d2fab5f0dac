// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One event that must come, field by field. A process image can be given a label; every event with that label is of
 * the same {@code exec_id}, and {@link #childOf} says that the parent is the image with that label. Immutable.
 */
public final class ExpectedEvent {
    private final String type;
    private final Map<String, Check> fields;
    private final @Nullable String label;
    private final @Nullable String parent;

    private ExpectedEvent(
            String type, Map<String, Check> fields, @Nullable String label, @Nullable String parent) {
        this.type = type;
        this.fields = fields;
        this.label = label;
        this.parent = parent;
    }

    /** The exec of a program that is reported with this path. */
    public static ExpectedEvent exec(String binary) {
        return of("process_exec").with("process.binary", Check.is(binary));
    }

    /** The end of a process that is reported with this path. */
    public static ExpectedEvent exit(String binary) {
        return of("process_exit").with("process.binary", Check.is(binary));
    }

    /** An event of any kind. */
    public static ExpectedEvent of(String type) {
        return new ExpectedEvent(type, Map.of(), null, null);
    }

    public ExpectedEvent arguments(String arguments) {
        return with("process.arguments", arguments.isEmpty() ? Check.absent() : Check.is(arguments));
    }

    public ExpectedEvent cwd(String cwd) {
        return with("process.cwd", Check.is(cwd));
    }

    public ExpectedEvent flags(String flags) {
        return with("process.flags", Check.is(flags));
    }

    /** It ended by itself; 0 is written by leaving the field out. */
    public ExpectedEvent status(int status) {
        return with("status", status == 0 ? Check.absent() : Check.is(status)).with("signal", Check.absent());
    }

    /** It was ended by a signal. */
    public ExpectedEvent signal(String name) {
        return with("signal", Check.is(name)).with("status", Check.absent());
    }

    /** The process image of this event is called so in this expectation. */
    public ExpectedEvent as(String name) {
        return new ExpectedEvent(type, fields, name, parent);
    }

    /** The parent of this event's process is that image. */
    public ExpectedEvent childOf(String name) {
        return new ExpectedEvent(type, fields, label, name);
    }

    /** A field below the kind, such as {@code process.uid}; replaces an earlier check of it. */
    public ExpectedEvent with(String path, Check check) {
        Map<String, Check> more = new LinkedHashMap<>(fields);
        more.put(path, check);
        return new ExpectedEvent(type, more, label, parent);
    }

    /** Whether it is of a program's start. */
    boolean isExec() {
        return type.equals("process_exec");
    }

    /** All that is wrong with {@code event}; {@code labels} are the images known so far, by name. */
    List<String> mismatches(Event event, Map<String, String> labels) {
        if (!event.type().equals(type)) {
            return List.of("kind is " + type + ", but was " + event.type());
        }
        List<String> wrong = new ArrayList<>();
        fields.forEach((path, check) -> check.mismatch(path, event.at(path)).ifPresent(wrong::add));
        linkMismatch(label, event.execId(), labels, "process").ifPresent(wrong::add);
        linkMismatch(parent, event.at("parent.exec_id").asText(""), labels, "parent")
                .ifPresent(wrong::add);
        return wrong;
    }

    /** Remembers which images the labels of this expectation turned out to be. */
    void bind(Event event, Map<String, String> labels) {
        if (label != null) {
            labels.put(label, event.execId());
        }
        if (parent != null) {
            labels.put(parent, event.at("parent.exec_id").asText(""));
        }
    }

    private static Optional<String> linkMismatch(
            @Nullable String name, String actual, Map<String, String> labels, String role) {
        if (name == null || labels.getOrDefault(name, actual).equals(actual)) {
            return Optional.empty();
        }
        return Optional.of(
                role + ".exec_id is that of \"" + name + "\" (" + labels.get(name) + "), but was " + actual);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(type);
        if (label != null) {
            text.append(" of \"").append(label).append('"');
        }
        if (parent != null) {
            text.append(" child of \"").append(parent).append('"');
        }
        fields.forEach((path, check) -> text.append("\n      ").append(path).append(' ').append(check.description()));
        return text.toString();
    }
}
