// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One line of an export file.
 *
 * @param number its line, counted from 0
 * @param json the whole object, its fields in the order of the file
 */
public record Event(int number, JsonNode json) {
    private static final int SUMMARY_ARGUMENTS = 120;
    private static final Pattern INDEX = Pattern.compile("\\d+");

    /** Its kind: the name of the first field, such as {@code process_exec}. */
    public String type() {
        return json.fieldNames().next();
    }

    /** A field below the kind, such as {@code process.cwd} or {@code args.0.int_arg}; a missing node where there is none. */
    public JsonNode at(String path) {
        JsonNode node = json.path(type());
        for (String name : path.split("\\.")) {
            node = node.isArray() && INDEX.matcher(name).matches() ? node.path(Integer.parseInt(name)) : node.path(name);
        }
        return node;
    }

    /** Whether it is of a policy's hook, not of a process's life. */
    public boolean isOfPolicy() {
        return !at("policy_name").isMissingNode();
    }

    public long pid() {
        return at("process.pid").asLong(-1);
    }

    public String execId() {
        return at("process.exec_id").asText("");
    }

    /** Every process it carries: its own, the parent, the ancestors. */
    public List<JsonNode> processes() {
        List<JsonNode> all = new ArrayList<>();
        all.add(at("process"));
        all.add(at("parent"));
        at("ancestors").forEach(all::add);
        all.removeIf(MissingNode.class::isInstance);
        return all;
    }

    /** One line for a person. */
    public String summary() {
        StringBuilder text = new StringBuilder(type())
                .append(" pid=").append(at("process.pid").asText("?"))
                .append(' ').append(at("process.binary"))
                .append(" arguments=\"").append(shorten(at("process.arguments").asText("")))
                .append("\" cwd=").append(at("process.cwd").asText(""))
                .append(" flags=\"").append(at("process.flags").asText("")).append('"');
        for (String name : List.of(
                "signal", "status", "policy_name", "function_name", "subsys", "event", "args", "return", "action")) {
            if (!at(name).isMissingNode()) {
                String value = at(name).isValueNode() ? at(name).asText() : at(name).toString();
                text.append(' ').append(name).append('=').append(shorten(value));
            }
        }
        return text.append(" parent=").append(at("parent.pid").asText("?")).toString();
    }

    private static String shorten(String text) {
        return text.length() <= SUMMARY_ARGUMENTS
                ? text
                : text.substring(0, SUMMARY_ARGUMENTS) + "... (" + text.length() + " characters)";
    }
}
