// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.process;

import org.jspecify.annotations.Nullable;

/**
 * The process cache as the sensor that observes exec fills it. On the reader's thread only; the cache is bounded in bytes,
 * so an entry may be gone at any later time.
 */
public interface ProcessTable extends Processes {
    /** Enters an executed or scanned process and returns it. What it replaces loses its own reference. */
    Process executed(ProcessDescription description);

    /**
     * Enters a forked process: a copy of its parent under an identity of its own.
     *
     * @return the new process, null if the parent is not in the cache
     */
    @Nullable Process forked(int pid, int nsPid, long ktime, long startTimeNanos, int parentPid, long parentKtime,
            boolean inInitTree);

    /** Marks a process as dead; it stays a while for late events. Returns null if it is not in the cache. */
    @Nullable Process exited(int pid, long ktime);

    /** Forgets every living process, because nobody will tell when they end. */
    void forgetAll();
}
