// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.bpf.MalformedRecordException;
import io.tetragon.bpf.RingRecord;
import io.tetragon.hooks.event.HookEvent;
import io.tetragon.hooks.event.UprobePlace;
import io.tetragon.hooks.internal.abi.MsgArgument;
import io.tetragon.hooks.internal.abi.MsgGeneric;
import io.tetragon.hooks.internal.abi.MsgGenericFlags;
import io.tetragon.policy.model.ArgumentType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Records as no program should make them. A decoder may refuse one by {@link MalformedRecordException} and nothing else, and
 * what it accepts can be written.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HostileRecordsTest {
    private static final int[] VALUES = {0, 1, -1, 7, 8, 16, 127, 128, 255, 256, 0x7fff, 0xffff, 0x1_0000,
        Integer.MAX_VALUE, Integer.MIN_VALUE, 0x7fff_fff0, 0xffff_fff8};

    private final List<byte[]> all = new ArrayList<>();
    private MemoryContext context = new MemoryContext();
    private HookRecords records = new HookRecords(context);

    /** One record for each row of the table of arguments, of hooks of every event, some with two halves and stacks. */
    @BeforeEach
    void build() {
        all.clear();
        renew();
        List<Arguments> rows = Stream.of(ArgumentTest.integers(), ArgumentTest.texts(), ArgumentTest.paths(),
                ArgumentTest.sockets(), ArgumentTest.others(), ArgumentTest.failures()).flatMap(r -> r).toList();
        for (int i = 0; i < rows.size(); i++) {
            @SuppressWarnings("unchecked")
            UnaryOperator<GenericRecord> argument = (UnaryOperator<GenericRecord>) rows.get(i).get()[1];
            GenericRecord record = GenericRecord.of(1 + i % 6).tid(i % 3).call(1 + i % 4);
            all.add(argument.apply(record).integer(1, i).toArray());
        }
        all.add(GenericRecord.of(1).call(2).flags(MsgGenericFlags.MSG_RETURN).integer(5, 1).toArray());
        all.add(GenericRecord.of(1).tid(1).call(1).flags(MsgGenericFlags.MSG_RETURN).integer(5, 1).toArray());
        all.add(GenericRecord.of(2).integer(0, 1).behind(Bytes.of(40).u32(0, 4).toArray()).flags(MsgGenericFlags.MSG_IMA_HASH).toArray());
        all.add(GenericRecord.piece(1, 1, 2, 0, 0, new byte[100]));
    }

    private void renew() {
        context = new MemoryContext();
        records = new HookRecords(context);
        HookEvent[] events = {new HookEvent.Kprobe(Integer::toString), new HookEvent.Tracepoint("a", "b"),
            new HookEvent.Uprobe("/p", place -> new UprobePlace("s", place, place)), new HookEvent.Usdt("/p", "q", "r"),
            new HookEvent.Lsm("h"), new HookEvent.Kprobe(Integer::toString)};
        ArgumentType[] types = ArgumentType.values();
        for (int i = 0; i < events.length; i++) {
            Hooks hook = Hooks.of(events[i]).with(types[3 + i * 5], types[5 + i * 5])
                    .argument(ArgumentType.CHAR_BUF, "label", true, true);
            records.register((i < 3 ? hook.returning(ArgumentType.INT32) : hook).as(1 + i));
        }
    }

    @Test
    void everyTruncationIsMalformed() {
        for (byte[] record : all) {
            int end = record.length;
            for (int length = 1; length < end; length++) {
                byte[] cut = Arrays.copyOf(record, length);
                assertThrows(MalformedRecordException.class, () -> records.decode(RingRecord.of(cut)),
                        () -> "cut to " + cut.length + " of " + HexFormat.of().formatHex(record));
            }
        }
        assertEquals(List.of(), context.events, "a malformed record must leave nothing behind");
        assertEquals(0, records.waiting());
        assertEquals(Map.of(), context.losses);
    }

    @Test
    void anyFieldMayHoldAnything() {
        for (byte[] record : all) {
            for (int at = 1; at < Math.min(record.length, MsgGeneric.SIZE + 2 * MsgArgument.SIZE + 32); at++) {
                for (int value : VALUES) {
                    byte[] bytes = record.clone();
                    ByteBuffer memory = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                    if (at + 4 <= bytes.length) {
                        memory.putInt(at, value);
                    } else {
                        memory.put(at, (byte) value);
                    }
                    decode(bytes);
                }
            }
            renew();
        }
    }

    @Test
    void anArgumentOfAnotherSizeThanItsKindsIsMalformed() {
        for (byte[] record : all.subList(0, all.size() - 4)) {
            for (int fixed : new int[] {1, 9, 31, 200, 0xFFFF}) {
                byte[] bytes = record.clone();
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
                        .putShort(MsgGeneric.SIZE + MsgArgument.FIXED, (short) fixed);
                assertThrows(MalformedRecordException.class, () -> records.decode(RingRecord.of(bytes)));
            }
        }
    }

    @Test
    void fortyThousandMutationsDoNoHarm() {
        Random random = new Random(40_000);
        int refused = 0;
        int events = 0;
        for (int round = 0; round < 40_000; round++) {
            byte[] bytes = all.get(random.nextInt(all.size())).clone();
            for (int changes = 1 + random.nextInt(6); changes > 0; changes--) {
                int at = 1 + random.nextInt(bytes.length - 1);
                bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1 << random.nextInt(8));
            }
            refused += decode(bytes) ? 0 : 1;
            if (round % 1000 == 0) {
                context.second();
            }
            events += written();
        }
        assertTrue(refused > 1000 && events > 1000, refused + " refused, " + events + " events");
    }

    @Test
    void noiseDoesNoHarm() {
        Random random = new Random(1);
        for (int round = 0; round < 40_000; round++) {
            byte[] bytes = new byte[1 + random.nextInt(400)];
            random.nextBytes(bytes);
            if (bytes.length > MsgGeneric.SIZE) {
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(MsgGeneric.HOOK, 1 + random.nextInt(6))
                        .put(MsgGeneric.ARGUMENTS, (byte) random.nextInt(7));
            }
            decode(bytes);
            written();
        }
    }

    private int written() {
        context.runReader();
        int count = context.events.size();
        for (ProcessEvent event : context.events) {
            event.writeJson(new JsonWriter(1024));
            event.toProto();
        }
        context.events.clear();
        context.losses.forEach((reason, lost) -> assertTrue(lost >= 0, reason + " is " + lost));
        return count;
    }

    /** @return false if the record was refused */
    private boolean decode(byte[] bytes) {
        try {
            records.decode(RingRecord.of(bytes));
            return true;
        } catch (MalformedRecordException e) {
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError("decoding " + HexFormat.of().formatHex(bytes), e);
        }
    }
}
