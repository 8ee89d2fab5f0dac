// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.Timeouts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** One event reaches a user in three ways, and says the same in each: the export file, the gRPC API, and tetra's lines. */
@NeedsAgent
@Order(2)
class StreamsAgreeIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Arguments that every encoding has to quote in its own way. */
    private static final List<List<String>> WORKLOAD = List.of(
            List.of("/bin/echo", "two words", "", "tab\tx", "back\\slash", "quote\"d"),
            List.of("/bin/echo", "new\nline", "ütf8 ✓", "<&=>"),
            List.of("/bin/echo", "x".repeat(5000)),
            List.of("/bin/sh", "-c", "exit 3"),
            List.of("/bin/sh", "-c", "kill -9 $$"));

    @Test
    void theExportFileTheApiAndTetraTellTheSame() throws Exception {
        AgentProcess agent = Agents.running(AgentSetup.EVERYTHING);
        String token = UUID.randomUUID().toString();
        Launch.Running json = tetra(agent, "getevents -o json");
        Launch.Running compact = tetra(agent, "getevents -o compact --color never");
        try {
            awaitStream(json, token);
            awaitStream(compact, token);
            int mark = agent.events().mark();
            Launch.of("/bin/true", "begin-" + token).run();
            WORKLOAD.forEach(command -> Launch.of(command.toArray(String[]::new)).run());
            Launch.of("/bin/true", "end-" + token).run();
            agent.events().barrier();
            assertTrue(Timeouts.await(Timeouts.event(), () -> count(json, "end-" + token) >= 2
                    && count(compact, "end-" + token) >= 2), () -> "the streams lack the last events:\n" + json.output());

            List<Event> events = agent.events().since(mark);
            List<JsonNode> exported = between(events.stream().map(Event::json).toList(), token);
            List<JsonNode> streamed = between(parsed(json.output()), token);
            assertTrue(exported.size() >= 2 * WORKLOAD.size(), () -> exported.toString());
            assertEquals(lines(exported), lines(streamed));

            Path file = Files.writeString(Path.of(Places.scratch("streamed.json")), json.output());
            Launch.Running replayed = Launch.of("/bin/sh", "-c",
                    "exec " + Places.TREE + "/bin/tetra getevents -o compact --color never <" + file).run();
            assertEquals(middle(compact.output(), token), middle(replayed.output(), token));
        } finally {
            json.process().destroy();
            compact.process().destroy();
        }
    }

    /** Its standard input is a device: it reads the server. */
    private static Launch.Running tetra(AgentProcess agent, String words) {
        return Launch.of("/bin/sh", "-c", "exec " + Places.TREE + "/bin/tetra --server-address unix://"
                + agent.runDir().resolve("tetragon.sock") + " " + words + " </dev/null").start();
    }

    private static void awaitStream(Launch.Running stream, String token) {
        assertTrue(Timeouts.await(Timeouts.event(), () -> {
            Launch.of("/bin/true", "probe-" + token).run();
            return stream.output().contains("probe-" + token);
        }), () -> "no event came: " + stream.output());
    }

    private static int count(Launch.Running stream, String word) {
        return stream.output().split(word, -1).length - 1;
    }

    private static List<JsonNode> parsed(String output) throws Exception {
        List<JsonNode> events = new ArrayList<>();
        for (String line : output.split("\n")) {
            events.add(JSON.readTree(line));
        }
        return events;
    }

    /** From the exec of the first marker to the exec of the last. */
    private static List<JsonNode> between(List<JsonNode> events, String token) {
        int first = -1;
        int last = -1;
        for (int i = 0; i < events.size(); i++) {
            String arguments = events.get(i).path("process_exec").path("process").path("arguments").asText();
            first = arguments.equals("begin-" + token) ? i : first;
            last = arguments.equals("end-" + token) ? i : last;
        }
        return events.subList(first, last + 1);
    }

    private static List<String> middle(String compact, String token) {
        List<String> lines = List.of(compact.split("\n"));
        int first = lines.indexOf(lines.stream().filter(l -> l.contains("begin-" + token)).findFirst().orElseThrow());
        int last = lines.indexOf(lines.stream().filter(l -> l.contains("end-" + token)).findFirst().orElseThrow());
        return lines.subList(first, last + 1);
    }

    /** An ancestor's count of references is of the moment of writing, which differs between listeners. */
    private static String lines(List<JsonNode> events) {
        StringBuilder text = new StringBuilder();
        for (JsonNode event : events) {
            JsonNode copy = event.deepCopy();
            copy.findParents("ancestors").forEach(parent -> parent.path("ancestors")
                    .forEach(ancestor -> ((ObjectNode) ancestor).remove("refcnt")));
            text.append(copy).append('\n');
        }
        return text.toString();
    }
}
