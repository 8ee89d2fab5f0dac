// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bench;

import io.tetragon.bpf.RingRecord;

/** The records of many short processes, one after the other and then from the beginning again. */
final class Lives {
    static final int COUNT = 8192;

    private static final int FIRST_PID = 10_000;
    private static final long FIRST_KTIME = 2_000_000_000L;
    private static final long BETWEEN = 500_000;

    final RingRecord[] forks = new RingRecord[COUNT];
    final RingRecord[] execs = new RingRecord[COUNT];
    final RingRecord[] exits = new RingRecord[COUNT];
    private int next;

    Lives() {
        for (int i = 0; i < COUNT; i++) {
            int pid = FIRST_PID + i;
            long ktime = FIRST_KTIME + i * BETWEEN;
            forks[i] = ExecRecords.clone(pid, ktime);
            execs[i] = ExecRecords.execve(pid, ktime, ExecRecords.PARENT_PID, ExecRecords.PARENT_KTIME);
            exits[i] = ExecRecords.exit(pid, ktime);
        }
    }

    /** Returns the index of the next process. */
    int next() {
        next = (next + 1) % COUNT;
        return next;
    }
}
