// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Records as this kernel makes them. With {@code -Drecords.write=FOLDER} they are kept as well, which is how those among
 * the resources came about.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LiveDecoderTest extends DecoderCases {
    /**
     * Instructions that the verifier walks at most, of the million that it allows since Linux 5.2. Older verifiers prune
     * less: a tenth leaves them room.
     */
    private static final int VERIFIED_MAX = 100_000;

    private final Map<Workload, List<byte[]>> records = new EnumMap<>(Workload.class);
    private final Map<String, Integer> verified = new TreeMap<>();

    /** Before the first test; the others find its records. */
    @BeforeEach
    void observe() throws IOException, InterruptedException {
        String obstacle = LoadedExec.obstacle();
        assumeTrue(obstacle.isEmpty(), obstacle);
        if (!records.isEmpty()) {
            return;
        }
        String write = System.getProperty("records.write", "");
        Workload.prepare();
        try (LoadedExec exec = LoadedExec.attach()) {
            exec.programs().forEach(name ->
                    verified.put(name, exec.object().program(name).info().verifiedInstructions()));
            for (Workload workload : Workload.values()) {
                exec.drain();
                long pid = workload.run();
                List<byte[]> seen = LoadedExec.ofProcess(exec.drain(), pid);
                records.put(workload, seen);
                if (!write.isEmpty()) {
                    workload.write(Path.of(write), seen);
                }
            }
        }
    }

    @AfterAll
    void clean() throws IOException {
        if (LoadedExec.obstacle().isEmpty()) {
            Workload.clean();
        }
    }

    @Override
    List<byte[]> records(Workload workload) {
        return records.getOrDefault(workload, List.of());
    }

    @Test
    void programsStayFarBelowTheVerifiersLimit() {
        System.out.println("verified instructions: " + verified);
        assertEquals(4, verified.size());
        verified.forEach((name, count) ->
                assertTrue(count < VERIFIED_MAX, name + " takes " + count + " instructions to verify"));
    }

    @Test
    void recordsAreOneOfEachKindAsBefore() throws IOException {
        for (Workload workload : Workload.values()) {
            assertEquals(kinds(workload.recorded()), kinds(records(workload)), workload.name());
        }
    }

    private static List<Byte> kinds(List<byte[]> records) {
        return records.stream().map(r -> r[0]).toList();
    }
}
