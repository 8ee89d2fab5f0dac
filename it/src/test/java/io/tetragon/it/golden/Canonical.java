// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.tetragon.it.kit.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Events as lines "field = value", in the order of the fields, with everything replaced that differs from run to run
 * and machine to machine: pids and exec_ids by the place of their process in the tree, times, node, namespace
 * numbers, the workload's path, and what lies above the workload.
 */
final class Canonical {
    private static final Set<String> LEFT_OUT = Set.of("refcnt");
    private static final Set<String> PLACEHOLDERS = Set.of("time", "start_time", "node_name", "inum");
    private static final Set<String> PROCESSES = Set.of("process", "parent", "ancestors");
    private static final int ALL_CAPABILITIES = 41;

    private final String workload;
    private final long heldCapabilities;
    private final Map<String, String> placeOfImage = new HashMap<>();
    private final Map<String, String> placeOfPid = new HashMap<>();

    /**
     * @param workload the path to be replaced in every value
     * @param heldCapabilities a full set stands for the bits of this one: not every machine's root has all
     */
    Canonical(Life root, String workload, long heldCapabilities) {
        this.workload = workload;
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
            default -> PLACEHOLDERS.contains(name)
                    ? "(" + name + ")"
                    : node.toString().replace(workload, "(workload)");
        };
    }
}
