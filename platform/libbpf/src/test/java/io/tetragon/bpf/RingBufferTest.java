// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RingBufferTest {
    private static final int RECORDS = 100_000;
    private static final int BATCH = 50;
    private static final byte[] PACKET = new byte[64];

    private BpfObject object;
    private RingBuffer ring;

    @BeforeEach
    void load() throws IOException, InterruptedException {
        object = BpfObject.open(TestObjects.compileToLoad("ring"), "ring");
        object.setConstant("batch", BATCH);
        object.setConstant("tid", TestObjects.threadId());
        object.load();
        ring = RingBuffer.open(object.map("ring"));
    }

    @AfterEach
    void close() {
        if (ring != null) {
            ring.close();
        }
        if (object != null) {
            object.close();
        }
    }

    @Test
    void everyRecordArrivesOnceAndInOrderAcrossManyTurnsOfTheRing() {
        Checker checker = new Checker();
        BpfProgram program = object.program("write_batch");
        while (checker.next < RECORDS) {
            assertEquals(BATCH, program.testRun(PACKET, 0, new byte[0]).returnValue());
            while (ring.drain(checker, 7) == 7) {
                assertTrue(ring.consumerPosition() <= ring.producerPosition());
            }
        }
        assertEquals(0, state(8), "records lost in the kernel");
        assertEquals(state(16), ring.discardedRecords());
        assertTrue(ring.discardedRecords() > RECORDS / 8);
        assertTrue(ring.producerPosition() > 100L * ring.size(), "the ring did not wrap");
        assertEquals(ring.producerPosition(), ring.consumerPosition());
    }

    @Test
    void aFullRingLosesNewRecordsAndKeepsOldOnes() {
        BpfProgram program = object.program("write_batch");
        while (state(8) == 0) {
            program.testRun(PACKET, 0, new byte[0]);
        }
        Checker checker = new Checker();
        while (ring.drain(checker, 1000) > 0) {
            continue;
        }
        assertEquals(state(0), checker.next);
    }

    @Test
    void recordsWrittenWhileTheReaderWaitsWakeItUp() throws InterruptedException {
        AtomicLong failures = new AtomicLong();
        Checker checker = new Checker();
        Thread reader = new Thread(() -> {
            try {
                while (checker.next < 5000) {
                    ring.poll(-1);
                    ring.drain(checker, 100);
                }
            } catch (RuntimeException | AssertionError e) {
                failures.incrementAndGet();
            }
        }, "test-ring-reader");
        reader.start();
        BpfLink link = object.program("on_syscall").attach();
        while (reader.isAlive()) {
            Thread.sleep(0, 1);
        }
        link.close();
        assertEquals(0, failures.get());
        assertTrue(checker.next >= 5000);
    }

    @Test
    void aWaitingReaderCanBeWokenWithoutARecord() throws InterruptedException {
        AtomicLong result = new AtomicLong(-1);
        Thread reader = new Thread(() -> result.set(ring.poll(-1)), "test-ring-reader");
        reader.start();
        ring.wakeUp();
        reader.join();
        assertEquals(0, result.get());
        assertEquals(0, ring.poll(0), "the wake-up was not taken");
    }

    @Test
    void closingWaitsForAPollAndEndsIt() throws InterruptedException {
        Thread reader = new Thread(() -> {
            while (true) {
                try {
                    ring.poll(-1);
                } catch (IllegalStateException e) {
                    return;
                }
            }
        }, "test-ring-reader");
        reader.start();
        ring.close();
        reader.join();
        assertFalse(reader.isAlive());
        assertThrows(IllegalStateException.class, () -> ring.drain(record -> { }, 1));
        assertThrows(IllegalStateException.class, ring::producerPosition);
        ring.wakeUp();
        ring.close();
    }

    @Test
    void aHandlerThatThrowsConsumesItsRecordOnly() {
        object.program("write_batch").testRun(PACKET, 0, new byte[0]);
        assertThrows(MalformedRecordException.class, () -> ring.drain(record -> record.getInt(record.length()), 10));
        Checker checker = new Checker();
        checker.next = 1;
        assertEquals(BATCH - 1, ring.drain(checker, BATCH));
    }

    @Test
    void aHandlerCannotCloseTheRing() {
        object.program("write_batch").testRun(PACKET, 0, new byte[0]);
        assertThrows(IllegalStateException.class, () -> ring.drain(record -> ring.close(), 1));
    }

    @Test
    void theRealSizeIsReadBack() throws IOException, InterruptedException {
        try (BpfObject other = BpfObject.open(TestObjects.compile("ring"), "ring")) {
            other.map("ring").setMaxEntries(100_000);
            other.load();
            try (RingBuffer rounded = RingBuffer.open(other.map("ring"))) {
                assertEquals(1 << 17, rounded.size());
            }
        }
    }

    @Test
    void aMapThatIsNoRingIsRefused() {
        assertThrows(BpfException.class, () -> RingBuffer.open(object.map("states")));
    }

    private long state(int offset) {
        return object.map("states").lookup(new byte[4])
                .map(value -> ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong(offset))
                .orElseThrow();
    }

    private static final class Checker implements RecordHandler {
        private long next;

        @Override
        public void record(RingRecord record) {
            assertEquals(next, record.getLong(0));
            assertEquals(8 + next * 37 % 512, record.length());
            if (record.length() > 8) {
                assertEquals((byte) next, record.getByte(8));
            }
            next++;
        }
    }
}
