// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.tetragon.it.kit.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Events as lines "field = value", in the order of the fields, with everything replaced that differs from run to run
 * and machine to machine: pids and exec_ids by the place of their process in the tree, times, node, namespace
 * numbers, the workload's path, ports that the kernel chose, addresses in the kernel, and what lies above the workload.
 */
final class Canonical {
    private static final Set<String> LEFT_OUT = Set.of("refcnt");
    private static final Set<String> PLACEHOLDERS = Set.of("time", "start_time", "node_name", "inum", "cookie", "address", "offset", "buildid");
    private static final Set<String> PROCESSES = Set.of("process", "parent", "ancestors");
    private static final int ALL_CAPABILITIES = 41;

    /** From here on the kernel chooses. */
    private static final int EPHEMERAL_PORTS = 32768;

    /** The writable layer of the guests' root, whose files are seen a second time below the merged ones. */
    private static final Pattern UPPER_LAYER = Pattern.compile("\"/u(pper)?/");

    private final String workload;
    private final long heldCapabilities;
    private final Set<String> mistaken;
    private final Map<String, String> placeOfImage = new HashMap<>();
    private final Map<String, String> placeOfPid = new HashMap<>();

    /**
     * @param workload the path to be replaced in every value
     * @param heldCapabilities a full set stands for the bits of this one: not every machine's root has all
     * @param mistaken functions and tracepoints without whose arguments their events are taken
     */
    Canonical(Life root, String workload, long heldCapabilities, Set<String> mistaken) {
        this.workload = workload;
        this.mistaken = mistaken;
        this.heldCapabilities = heldCapabilities;
        for (Life life : root.all()) {
            placeOfPid.put(Long.toString(life.pid()), life.place());
            for (int i = 0; i < life.images().size(); i++) {
                placeOfImage.put(life.images().get(i), life.place() + "/" + i);
            }
        }
    }

    List<String> lines(Event event) {
        List<String> lines = new ArrayList<>();
        object("", event.json(), lines);
        if (mistaken.contains(event.at("event").asText()) || mistaken.contains(event.at("function_name").asText())) {
            lines.removeIf(line -> line.startsWith(event.type() + ".args"));
        }
        return lines;
    }

    private void object(String path, JsonNode node, List<String> lines) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!LEFT_OUT.contains(field.getKey())) {
                value(path + (path.isEmpty() ? "" : ".") + field.getKey(), field.getKey(), field.getValue(), lines);
            }
        }
    }

    private void value(String path, String name, JsonNode node, List<String> lines) {
        if (PROCESSES.contains(name) && node.isObject() && isOutside(node)) {
            lines.add(path + " = (above the workload)");
        } else if (node.isObject()) {
            lines.add(path + " = {}");
            object(path, node, lines);
        } else if (name.equals("ancestors")) {
            ancestors(path, node, lines);
        } else if (name.equals("permitted") || name.equals("effective") || name.equals("inheritable")) {
            lines.add(path + " = " + capabilities(node));
        } else if (node.isArray()) {
            lines.add(path + " = []");
            for (int i = 0; i < node.size(); i++) {
                value(path + "[" + i + "]", "", node.get(i), lines);
            }
        } else {
            lines.add(path + " = " + scalar(name, node));
        }
    }

    private void ancestors(String path, JsonNode list, List<String> lines) {
        for (int i = 0; i < list.size() && !isOutside(list.get(i)); i++) {
            lines.add(path + "[" + i + "] = {}");
            object(path + "[" + i + "]", list.get(i), lines);
        }
    }

    private boolean isOutside(JsonNode process) {
        return !placeOfPid.containsKey(process.path("pid").asText());
    }

    private String capabilities(JsonNode list) {
        if (list.size() != ALL_CAPABILITIES) {
            return list.toString();
        }
        List<String> held = new ArrayList<>();
        for (int bit = 0; bit < ALL_CAPABILITIES; bit++) {
            if ((heldCapabilities >> bit & 1) != 0) {
                held.add(list.get(bit).toString());
            }
        }
        return held.toString().replace(", ", ",");
    }

    private String scalar(String name, JsonNode node) {
        return switch (name) {
            case "exec_id", "parent_exec_id" -> placeOfImage.getOrDefault(node.asText(), "(above the workload)");
            case "pid", "tid" -> "(pid of " + placeOfPid.get(node.asText()) + ")";
            case "sport", "dport" -> node.asInt() < EPHEMERAL_PORTS ? node.toString() : "(port)";
            // Whether the server closes first is a matter of time.
            case "state" -> node.toString().replace("TCP_CLOSE_WAIT", "TCP_ESTABLISHED");
            case "path" -> UPPER_LAYER.matcher(node.toString()).replaceFirst("\"(upper layer)/");
            default -> PLACEHOLDERS.contains(name)
                    ? "(" + name + ")"
                    : node.toString().replace(workload, "(workload)");
        };
    }
}
