// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.ProcessTable;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.KernelFeatures;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What the platform gives a sensor. One context lives from the plan to the end of {@link Sensor#detached}. */
public interface SensorContext {
    /** Returns the identity of this machine. */
    Node node();

    /** Returns the agent's flags. */
    Settings settings();

    /** Returns what this kernel can do; probes are made on first use. */
    KernelFeatures kernel();

    /** Returns the process cache; for use on the reader's thread only. */
    ProcessTable processes();

    /** Returns the conversion from kernel time; for use by any thread. */
    KernelClock clock();

    /**
     * Hands an event to every listener, or parks it until its process and parent are known. On the reader's thread only.
     */
    void publish(ProcessEvent event);

    /** Looks at all parked events again, because many processes became known at once. On the reader's thread only. */
    void retryParked();

    /** Runs a task on the reader's thread, between two records. From any thread; a stopped reader drops it. */
    void onReader(Runnable task);

    /**
     * Runs a task on the reader's thread again and again while the sensor is attached.
     *
     * @param period time between two runs, no less than 10 ms
     */
    void every(Duration period, Runnable task);

    /**
     * Returns a map of the sensor's loaded objects, the first that has one of this name, or a map that the platform shares,
     * such as {@code process_map}; null if there is none of that name. Maps of policies are not among them.
     */
    @Nullable BpfMap map(String name);

    /** Counts a loss of this sensor that the platform cannot see, under a short reason in snake case. From any thread. */
    void countLoss(String reason, long count);
}
