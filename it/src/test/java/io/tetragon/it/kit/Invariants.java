// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What holds for the events of every process, whatever it does. */
public final class Invariants {
    private static final Pattern EXEC_ID = Pattern.compile(".*:\\d+:(\\d+)");

    /** Fields of a process that only one of its events carries, or that count something at that moment. */
    private static final Set<String> PER_EVENT = Set.of("refcnt", "binary_properties");

    private final List<String> broken = new ArrayList<>();
    private final Map<String, JsonNode> execOf = new HashMap<>();
    private final Map<Long, String> lastImage = new HashMap<>();
    private final Set<String> ended = new HashSet<>();

    private Invariants() {}

    /** Every rule that these events of one or more whole process lives break, one line each. */
    public static List<String> broken(List<Event> events) {
        Invariants invariants = new Invariants();
        for (Event event : events) {
            invariants.check(event);
        }
        return invariants.broken;
    }

    private void check(Event event) {
        switch (event.type()) {
            case "process_exec" -> {
                checkIdentity(event);
                execOf.put(event.execId(), event.at("process"));
                lastImage.put(event.pid(), event.execId());
            }
            case "process_exit" -> {
                checkIdentity(event);
                checkExit(event);
            }
            // Of no policy by name, and a binary is mapped by the image before.
            case "process_loader" -> checkProcesses(event);
            default -> checkHook(event);
        }
    }

    private void checkHook(Event event) {
        rule(event.isOfPolicy(), event, "is neither exec nor exit, and of no policy");
        checkProcesses(event);
        String image = lastImage.get(event.pid());
        rule(image == null || image.equals(event.execId()), event, "does not carry the exec_id of the last exec");
    }

    private void checkIdentity(Event event) {
        checkProcesses(event);
        rule(event.at("process.tid").asLong() == event.pid(), event, "tid is not the pid");
    }

    private void checkProcesses(Event event) {
        for (JsonNode process : event.processes()) {
            String id = process.path("exec_id").asText("");
            long pid = process.path("pid").asLong(-1);
            rule(pidOf(id) == pid, event, "exec_id " + id + " is not of pid " + pid);
            rule(process.path("in_init_tree").isBoolean(), event, "a process lacks in_init_tree");
        }
        rule(
                event.at("process.parent_exec_id").equals(event.at("parent.exec_id")),
                event,
                "parent_exec_id is not the parent's exec_id");
        checkAncestors(event);
        // The reference agent's process_loader has no time.
        boolean timeless = event.type().equals("process_loader") && event.json().path("time").isMissingNode();
        rule(
                timeless
                        || !time(event.json().path("time")).isBefore(time(event.at("process.start_time")).minusSeconds(1)),
                event,
                "happened before its process started");
    }

    private void checkAncestors(Event event) {
        JsonNode child = event.at("parent");
        for (JsonNode ancestor : event.at("ancestors")) {
            rule(
                    child.path("parent_exec_id").equals(ancestor.path("exec_id")),
                    event,
                    "its ancestors are not linked by exec_id");
            child = ancestor;
        }
    }

    private void checkExit(Event event) {
        rule(ended.add(event.execId()), event, "ended twice");
        String image = lastImage.get(event.pid());
        if (image == null) {
            return;
        }
        rule(image.equals(event.execId()), event, "exit does not carry the exec_id of the last exec");
        JsonNode exec = execOf.get(event.execId());
        if (exec == null) {
            return;
        }
        for (Iterator<String> names = exec.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!PER_EVENT.contains(name)) {
                rule(
                        exec.path(name).equals(event.at("process").path(name)),
                        event,
                        name + " differs between exec and exit: " + exec.path(name) + " and "
                                + event.at("process").path(name));
            }
        }
    }

    private void rule(boolean holds, Event event, String otherwise) {
        if (!holds) {
            broken.add(otherwise + ": " + event.summary());
        }
    }

    private static long pidOf(String execId) {
        try {
            String text = new String(Base64.getDecoder().decode(execId), StandardCharsets.UTF_8);
            var matcher = EXEC_ID.matcher(text);
            return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
        } catch (IllegalArgumentException e) {
            return -1;
        }
    }

    private Instant time(JsonNode node) {
        try {
            return Instant.parse(node.asText());
        } catch (DateTimeParseException e) {
            broken.add("not a time: " + node);
            return Instant.MIN.plusSeconds(1);
        }
    }
}
