// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.bpf.RingBuffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Records are sent whole or counted as lost, never neither or both. */
class RingTest {
    private static final int PAGE = 4096;
    private static final int MSG_OP_EXIT = 7;
    /** {@code struct msg_exit} and the ring's own header of a record. */
    private static final int RECORD = 40;
    private static final int IN_RING = RECORD + 8;
    /** A ring is full one byte below its size. */
    private static final int FIT = (PAGE - 1) / IN_RING;
    private static final int PROCESS_MAP_FULL = 3;
    private static final int NO_WAKEUP = 1;
    private static final int FORCE_WAKEUP = 2;

    @Test
    void aFullRingLosesAndCountsExactly() throws IOException {
        try (Helpers helpers = Helpers.load(object -> object.map("events").setMaxEntries(PAGE));
                RingBuffer ring = RingBuffer.open(helpers.object().map("events"))) {
            assertEquals(PAGE, ring.size());
            long produced = 0;
            long lost = 0;
            for (int round = 0; round < 3; round++) {
                int sent = 0;
                for (int i = 0; i < FIT + 20; i++) {
                    int result = helpers.run("send_record");
                    assertEquals(i < FIT ? 1 : 0, result, "record " + i);
                    sent += result;
                    produced++;
                    lost += 1 - result;
                }
                assertArrayEquals(new long[] {produced, lost}, helpers.sums("ring_accounts", MSG_OP_EXIT));
                List<Integer> sizes = new ArrayList<>();
                assertEquals(sent, ring.drain(r -> sizes.add(r.length()), Integer.MAX_VALUE));
                assertEquals(List.of(RECORD), sizes.stream().distinct().toList());
            }
            assertEquals(60, lost);
            assertEquals(ring.producerPosition(), ring.consumerPosition());
            assertArrayEquals(new long[] {0, 0}, helpers.sums("ring_accounts", 0), "no other account moved");
        }
    }

    @Test
    void aRecordBeginsWithItsHeader() throws IOException {
        try (Helpers helpers = Helpers.load(object -> {})) {
            helpers.run("write_header");
            ByteBuffer b = helpers.element("header", 0);
            assertEquals(MSG_OP_EXIT, b.get());
            assertEquals(0, b.get());
            assertEquals(0, b.getShort());
            assertEquals(0x12345678, b.getInt());
            assertEquals(0x1122334455667788L, b.getLong());
        }
    }

    @Test
    void onlyAReaderThatSleepsIsWoken() throws IOException {
        try (Helpers helpers = Helpers.load(object -> {})) {
            assertEquals(NO_WAKEUP, helpers.run("ask_wakeup"));
            helpers.set("ring_control", 0, control(1));
            assertEquals(FORCE_WAKEUP, helpers.run("ask_wakeup"));
            helpers.set("ring_control", 0, control(0));
            assertEquals(NO_WAKEUP, helpers.run("ask_wakeup"));
        }
    }

    @Test
    void reasonsAreCountedEachOnItsOwn() throws IOException {
        try (Helpers helpers = Helpers.load(object -> {})) {
            for (int i = 0; i < 7; i++) {
                helpers.run("count_reason");
            }
            for (int reason = 0; reason <= PROCESS_MAP_FULL; reason++) {
                assertArrayEquals(new long[] {reason == PROCESS_MAP_FULL ? 7 : 0},
                        helpers.sums("process_accounts", reason), "reason " + reason);
            }
        }
    }

    private static byte[] control(int waiting) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(waiting).array();
    }
}
