// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which events belong to a process and its descendants, by the links that the events themselves carry. */
public final class EventTree {
    private final Map<String, String> parentOf = new HashMap<>();
    private final Set<String> roots = new HashSet<>();

    private EventTree() {}

    /** The events of the process {@code rootPid} and of all that came of it, in the order they came. */
    public static List<Event> below(long rootPid, List<Event> events) {
        EventTree tree = new EventTree();
        for (Event event : events) {
            for (JsonNode process : event.processes()) {
                String id = process.path("exec_id").asText("");
                tree.parentOf.putIfAbsent(id, process.path("parent_exec_id").asText(""));
                if (process.path("pid").asLong() == rootPid) {
                    tree.roots.add(id);
                }
            }
        }
        return events.stream().filter(event -> tree.contains(event.execId())).toList();
    }

    private boolean contains(String execId) {
        Set<String> seen = new HashSet<>();
        for (String id = execId; id != null && seen.add(id); id = parentOf.get(id)) {
            if (roots.contains(id)) {
                return true;
            }
        }
        return false;
    }
}
