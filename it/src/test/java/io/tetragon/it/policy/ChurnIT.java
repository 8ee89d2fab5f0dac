// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.policy;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.AgentSetup;
import io.tetragon.it.kit.Agents;
import io.tetragon.it.kit.ExportFile;
import io.tetragon.it.kit.Holdings;
import io.tetragon.it.kit.Launch;
import io.tetragon.it.kit.Ledgers;
import io.tetragon.it.kit.NeedsAgent;
import io.tetragon.it.kit.Places;
import io.tetragon.it.kit.PolicyClient;
import io.tetragon.it.kit.Timeouts;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Policies come and go by the hundreds while another one reports. */
@NeedsAgent
@Order(7)
@Tag("restarts")
class ChurnIT {
    private static final int CYCLES = Timeouts.isSlow() ? 10 : 500;
    private static final Pattern SEEKS = Pattern.compile("seeks=(\\d+)");
    private static final Pattern OFFSET = Pattern.compile("\"long_arg\":\"(\\d+)\"");
    private static final String KEPT = "kept";
    private static final String STEADY = Places.trigger("seek-steadily");

    /** On the same call as the policy that stays, and on a tracepoint: both ways of coming and going. */
    private static final List<String> COMING = List.of(
            PolicyText.of("coming", PolicyText.onSeek(PolicyText.onlyTriggers(PolicyText.offset("Equal", "0")))),
            PolicyText.of("coming", """
                    tracepoints:
                    - subsystem: "sched"
                      event: "sched_process_exec"
                      raw: true
                      args:
                      - {index: 0, resolve: "comm", type: "string"}
                      selectors:
                      - matchArgs:
                        - {index: 0, operator: "Equal", values: ["nobody"]}
                    """));

    @Test
    void policiesThatComeAndGoTakeNothingFromOneThatStays() {
        for (String sensor : List.of("kprobe", "tracepoint")) {
            Places.missingSensor(sensor).ifPresent(reason -> assumeTrue(false, reason));
        }
        Launch seeking = Launch.of(STEADY).hold();
        seeking.missing().ifPresent(reason -> assumeTrue(false, reason));
        Agents.stop();
        // Room for a burst while policies are loaded on the same CPUs: what is lost here is lost by loading.
        try (AgentProcess agent = AgentProcess.start(AgentSetup.DEFAULTS.with("--rb-size-total", "32M"));
                PolicyClient policies = new PolicyClient(agent)) {
            policies.add(PolicyText.of(KEPT, PolicyText.onSeek(
                    PolicyText.onlyTriggers(PolicyText.binaries("In", STEADY)))));
            churn(policies, COMING.size());
            Holdings before = Holdings.of(agent);
            ExportFile export = new ExportFile(agent);
            long from = export.barrier();

            Launch.Running seeks = seeking.start();
            long began = System.nanoTime();
            churn(policies, CYCLES);
            long took = System.nanoTime() - began;
            seeks.release();
            assertEquals(0, seeks.awaitEnd(), seeks::output);
            Matcher made = SEEKS.matcher(seeks.output());
            assertTrue(made.find(), seeks::output);
            int count = Integer.parseInt(made.group(1));

            BitSet reported = new BitSet();
            int[] surplus = {0};
            export.lines(from, export.barrier(), line -> take(line, reported, surplus));
            Holdings after = Holdings.of(agent);
            agent.terminate();
            Ledgers ledgers = agent.ledgers();
            System.out.println("policy churn: " + CYCLES + " policies in " + took / 1_000_000 + " ms beside " + count
                    + " events; before " + before + "; after " + after + "; " + ledgers.ring());
            assertAll(
                    () -> assertEquals(count, reported.cardinality(), () -> "events of the policy that stayed; first"
                            + " missing " + reported.nextClearBit(1)),
                    () -> assertEquals(0, surplus[0], "events that came twice"),
                    () -> assertEquals(List.of(), after.growthSince(before)),
                    () -> assertEquals(List.of(), ledgers.errors()),
                    () -> assertEquals(0, ledgers.ringCount("lost"), "records lost in the ring"),
                    () -> assertEquals(0, ledgers.lostByExport(), "events lost by the export"));
        }
    }

    private static void churn(PolicyClient policies, int cycles) {
        for (int i = 0; i < cycles; i++) {
            policies.add(COMING.get(i % COMING.size()));
            policies.delete("coming");
        }
    }

    private static void take(String line, BitSet reported, int[] surplus) {
        if (!line.contains("\"policy_name\":\"" + KEPT + "\"")) {
            return;
        }
        Matcher offset = OFFSET.matcher(line);
        if (!offset.find()) {
            throw new AssertionError("an event without its offset: " + line);
        }
        int number = Integer.parseInt(offset.group(1));
        surplus[0] += reported.get(number) ? 1 : 0;
        reported.set(number);
    }
}
