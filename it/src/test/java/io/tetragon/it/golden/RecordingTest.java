// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Event;
import io.tetragon.it.kit.Invariants;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The comparison itself, without an agent: a recording against itself. */
class RecordingTest {
    private static final long ALL = (1L << 41) - 1;

    @ParameterizedTest
    @MethodSource("io.tetragon.it.golden.GoldenIT#recordings")
    void aRecordingIsEqualToItself(Recording each) {
        Recording recording = recording(each.name());
        Life life = Life.of(recording.events(), Set.of());
        assertEquals(List.of(), compare(recording.name(), life, life));
        assertTrue(
                life.events().get(0).type().equals("process_exec") && life.all().size() > 2,
                () -> "the workload's processes are " + life.all());
    }

    @ParameterizedTest
    @MethodSource("io.tetragon.it.golden.GoldenIT#recordings")
    void theRulesForEveryProcessHoldInTheRecordings(Recording each) {
        assertEquals(List.of(), Invariants.broken(recording(each.name()).events()));
    }

    @Test
    void ofSomeProgramsOnlyTheirLivesAreCompared() {
        Recording recording = recording("03-tcp-connect");
        Life life = Life.of(recording.events(), Set.of());
        Canonical canonical = new Canonical(life, "", ALL, Set.of());
        Set<String> curl = Set.of("/usr/bin/curl");
        assertEquals(List.of(), Comparison.differencesOf(curl, life, canonical, life, canonical));
        List<Event> fewer = recording.events().stream()
                .filter(event -> !event.at("function_name").asText().equals("tcp_connect"))
                .toList();
        Life other = Life.of(fewer, Set.of());
        List<String> differences =
                Comparison.differencesOf(curl, life, canonical, other, new Canonical(other, "", ALL, Set.of()));
        assertTrue(differences.stream().anyMatch(text -> text.contains("tcp_connect")), differences::toString);
    }

    @Test
    void anotherValueIsADifference() throws Exception {
        Recording recording = recording("00-base");
        List<Event> changed = new ArrayList<>(recording.events());
        Event event = changed.get(16);
        String other = event.json().toString().replace("\"status\":42", "\"status\":43");
        changed.set(16, new Event(16, new ObjectMapper().readTree(other)));
        List<String> differences =
                compare("00-base", Life.of(recording.events(), Set.of()), Life.of(changed, Set.of()));
        assertEquals(1, differences.size(), differences::toString);
        assertEquals(
                List.of("  - process_exit.status = 42", "  + process_exit.status = 43"),
                differences.get(0).lines().skip(1).toList());
    }

    @Test
    void aMissingProcessIsADifference() {
        Recording recording = recording("00-base");
        List<Event> fewer = recording.events().stream()
                .filter(event -> !event.at("process.binary").asText().equals("/usr/bin/id"))
                .toList();
        assertFalse(compare("00-base", Life.of(recording.events(), Set.of()), Life.of(fewer, Set.of()))
                .isEmpty());
    }

    private static List<String> compare(String name, Life recorded, Life played) {
        String workload = recording(name).recordedWorkload();
        return Comparison.differences(
                recorded, new Canonical(recorded, workload, ALL, Set.of()), played,
                new Canonical(played, workload, ALL, Set.of()), true);
    }

    private static Recording recording(String name) {
        Recording recording = Recording.base(name, AgentSetup.DEFAULTS);
        assumeTrue(
                Files.exists(recording.folder()), "no recordings in " + recording.folder().getParent());
        return recording;
    }
}
