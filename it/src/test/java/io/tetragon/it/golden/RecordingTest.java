// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.golden;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import org.junit.jupiter.params.provider.ValueSource;

/** The comparison itself, without an agent: a recording against itself. */
class RecordingTest {
    private static final long ALL = (1L << 41) - 1;

    @ParameterizedTest
    @ValueSource(strings = {"00-base", "01-base-full"})
    void aRecordingIsEqualToItself(String name) {
        Life life = Life.of(recording(name).events(), Set.of());
        assertEquals(List.of(), compare(name, life, life));
    }

    @ParameterizedTest
    @ValueSource(strings = {"00-base", "01-base-full"})
    void theRulesForEveryProcessHoldInTheRecordings(String name) {
        assertEquals(List.of(), Invariants.broken(recording(name).events()));
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
                recorded, new Canonical(recorded, workload, ALL), played, new Canonical(played, workload, ALL), true);
    }

    private static Recording recording(String name) {
        Recording recording = new Recording(name, AgentSetup.DEFAULTS, Set.of());
        assumeTrue(
                Files.exists(recording.folder()), "no recordings in " + recording.folder().getParent());
        return recording;
    }
}
