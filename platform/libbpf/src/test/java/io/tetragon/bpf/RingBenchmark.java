// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * What draining costs: nanoseconds and allocated bytes per record of 504 bytes. Not a test; run it as root with the
 * test class path, in the module's folder:
 * {@code java -cp target/classes:target/test-classes:... io.tetragon.bpf.RingBenchmark}.
 */
public final class RingBenchmark implements RecordHandler {
    private static final int BATCH = 7500;
    private static final int ROUNDS = 400;
    private static final int RING = 4 << 20;

    private long sum;

    private RingBenchmark() {
    }

    @Override
    public void record(RingRecord record) {
        // as a decoder does: a few fields, from the start and the end
        sum += record.getLong(0) + record.getInt(8) + record.getByte(record.length() - 1);
    }

    /** Prints the best, median and worst of many rounds. */
    public static void main(String[] arguments) throws Exception {
        try (BpfObject object = BpfObject.open(TestObjects.compileToLoad("ring"), "ring")) {
            object.setConstant("batch", BATCH);
            object.setConstant("fixed_length", 496);
            object.map("ring").setMaxEntries(RING);
            object.load();
            try (RingBuffer ring = RingBuffer.open(object.map("ring"))) {
                measure(object.program("write_batch"), ring);
            }
        }
    }

    private static void measure(BpfProgram program, RingBuffer ring) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        RingBenchmark handler = new RingBenchmark();
        double[] nanos = new double[ROUNDS];
        long allocated = 0;
        for (int round = 0; round < ROUNDS; round++) {
            program.testRun(new byte[64], 0, new byte[0]);
            long bytes = threads.getCurrentThreadAllocatedBytes();
            long start = System.nanoTime();
            int records = ring.drain(handler, Integer.MAX_VALUE);
            nanos[round] = (double) (System.nanoTime() - start) / records;
            if (round >= ROUNDS / 2) {
                allocated += threads.getCurrentThreadAllocatedBytes() - bytes;
            }
        }
        Arrays.sort(nanos);
        System.out.printf("%d rounds of %d records: %.1f ns best, %.1f median, %.1f worst; %d bytes allocated (%d)%n",
                ROUNDS, BATCH, nanos[0], nanos[ROUNDS / 2], nanos[ROUNDS - 1], allocated, handler.sum & 1);
    }
}
