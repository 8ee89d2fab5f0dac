// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.EventLog;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.Timeouts;

/**
 * Many short processes at once, and how many of them were reported.
 *
 * @param spawned how many ran
 * @param reported how many exec events of them came
 */
record Flood(int spawned, int reported) {
    /** Runs one and waits until its events are through. */
    static Flood run(AgentProcess agent) {
        String program = Places.trigger("true");
        int count = Timeouts.isSlow() ? 200 : 5000;
        Launch launch = Launch.of(Places.trigger("flood"), Integer.toString(count), program);
        launch.missing().ifPresent(reason -> assumeTrue(false, reason));
        EventLog log = agent.events();
        int mark = log.mark();
        Launch.Running flood = launch.run();
        assertEquals(0, flood.awaitEnd(), flood::output);
        log.barrier();
        long reported = log.since(mark).stream()
                .filter(event -> event.type().equals("process_exec"))
                .filter(event -> event.at("process.binary").asText().equals(program))
                .count();
        return new Flood(count, (int) reported);
    }

    int missing() {
        return Math.max(0, spawned - reported);
    }

    int surplus() {
        return Math.max(0, reported - spawned);
    }
}
