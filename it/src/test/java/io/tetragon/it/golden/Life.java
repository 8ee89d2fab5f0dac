// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.tetragon.it.kit.Event;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A process from fork to exit: its own events in their order and the processes it forked, in the order of their pids,
 * which is that of the forks. Two runs of one workload give the same tree, though the events of processes that run
 * at the same time come in another order.
 *
 * @param place where in the tree: "0" is the root, "0.2" its third child
 * @param images its exec_ids in the order of time
 */
record Life(long pid, String place, List<String> images, List<Event> events, List<Life> children) {
    /** The life of the process whose first event this list starts with, and of all below it. */
    static Life of(List<Event> events, Set<String> ignoredBinaries) {
        return new Builder(events, ignoredBinaries).build();
    }

    /** Every life of the tree, this one first. */
    List<Life> all() {
        List<Life> all = new ArrayList<>(List.of(this));
        children.forEach(child -> all.addAll(child.all()));
        return all;
    }

    private static final class Builder {
        private final List<Event> events;
        private final Map<Long, TreeMap<Long, String>> imagesOf = new HashMap<>();
        private final Map<Long, Long> parentPid = new HashMap<>();
        private final Map<Long, List<Event>> eventsOf = new HashMap<>();
        private final Map<Event, Instant> times = new IdentityHashMap<>();

        Builder(List<Event> events, Set<String> ignoredBinaries) {
            List<Long> ignored = events.stream()
                    .filter(event -> ignoredBinaries.contains(event.at("process.binary").asText()))
                    .map(Event::pid)
                    .toList();
            this.events =
                    events.stream().filter(event -> !ignored.contains(event.pid())).toList();
        }

        Life build() {
            for (Event event : events) {
                times.put(event, time(event));
                eventsOf.computeIfAbsent(event.pid(), pid -> new ArrayList<>()).add(event);
                List<JsonNode> chain = event.processes();
                for (int i = 0; i < chain.size(); i++) {
                    long pid = chain.get(i).path("pid").asLong();
                    String id = chain.get(i).path("exec_id").asText();
                    imagesOf.computeIfAbsent(pid, any -> new TreeMap<>()).put(startOf(id), id);
                    if (i + 1 < chain.size() && chain.get(i + 1).path("pid").asLong() != pid) {
                        parentPid.putIfAbsent(pid, chain.get(i + 1).path("pid").asLong());
                    }
                }
            }
            // An event with a stack waits for its names, and may come behind later ones.
            eventsOf.values().forEach(own -> own.sort(Comparator.comparing(times::get)));
            return life(events.get(0).pid(), "0");
        }

        /** The reference agent gave loaded files no time: they follow what came before them in their process. */
        private Instant time(Event event) {
            if (event.json().has("time")) {
                return Instant.parse(event.json().path("time").asText());
            }
            List<Event> before = eventsOf.getOrDefault(event.pid(), List.of());
            return before.isEmpty() ? Instant.MIN : times.get(before.get(before.size() - 1));
        }

        private Life life(long pid, String place) {
            List<Long> childPids = eventsOf.keySet().stream()
                    .filter(child -> parentPid.getOrDefault(child, -1L) == pid)
                    .sorted(Comparator.naturalOrder())
                    .toList();
            List<Life> children = new ArrayList<>();
            for (Long child : childPids) {
                children.add(life(child, place + "." + children.size()));
            }
            return new Life(
                    pid,
                    place,
                    List.copyOf(imagesOf.get(pid).values()),
                    List.copyOf(eventsOf.getOrDefault(pid, List.of())),
                    List.copyOf(children));
        }

        private static long startOf(String execId) {
            String[] parts = new String(Base64.getDecoder().decode(execId), StandardCharsets.UTF_8).split(":");
            return Long.parseLong(parts[parts.length - 2]);
        }
    }
}
