// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.bpf.MalformedRecordException;
import io.tetragon.bpf.RingRecord;
import io.tetragon.sensor.exec.internal.abi.MsgClone;
import io.tetragon.sensor.exec.internal.abi.MsgData;
import io.tetragon.sensor.exec.internal.abi.MsgExecve;
import io.tetragon.sensor.exec.internal.abi.MsgExit;
import io.tetragon.sensor.exec.internal.abi.MsgOp;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records as no kernel should make them. A decoder may refuse one by {@link MalformedRecordException} and nothing else, and
 * never takes much memory for it.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HostileRecordsTest {
    /** For the largest good one: a record, its copy as text, and the growth of an area of 256 KiB. */
    private static final long ALLOCATED_MAX = 2 << 20;
    private static final int[] SIZE_FIELDS = {MsgExecve.PATH_SIZE, MsgExecve.ARGS_SIZE, MsgExecve.ENVS_SIZE,
        MsgExecve.CWD_SIZE, MsgExecve.CGROUP_SIZE};
    private static final long[] VALUES = {0, 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0x7fff_fff0, 0x8000, 0x1_0000,
        Long.MAX_VALUE, Long.MIN_VALUE, 0xffff_ffffL, 0x1_0000_0000L, 0xffff_ffff_0000_0000L};

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    private Path procfs = Path.of("/nonexistent");
    private final List<byte[]> all = new ArrayList<>();
    private MemoryContext context = new MemoryContext(procfs, true);
    private ExecDecoder decoder = new ExecDecoder(context);

    @BeforeEach
    void read() throws IOException {
        Set<Integer> kinds = new HashSet<>();
        for (Workload workload : Workload.values()) {
            List<byte[]> records = workload.recorded();
            all.add(records.stream().filter(r -> r[0] == MsgOp.MSG_OP_EXECVE).reduce((a, b) -> b).orElseThrow());
            // one clone and one exit are like another
            records.stream().filter(r -> r[0] != MsgOp.MSG_OP_EXECVE)
                    .filter(r -> r[0] == MsgOp.MSG_OP_DATA || kinds.add((int) r[0])).forEach(all::add);
        }
        renew();
    }

    private void renew() {
        context = new MemoryContext(procfs, true);
        decoder = new ExecDecoder(context);
    }

    @Test
    void everyTruncationIsMalformed() {
        int refused = 0;
        for (byte[] record : all) {
            for (int length = 1; length < record.length; length += length < MsgExecve.SIZE + 300 ? 1 : 97) {
                byte[] cut = Arrays.copyOf(record, length);
                if (record[0] == MsgOp.MSG_OP_DATA && length >= MsgData.PAD) {
                    // the piece says that it is longer: dropped, and counted
                    decode(cut);
                } else if (record[0] != MsgOp.MSG_OP_EXIT || length < MsgExit.TID) {
                    // the thread behind the code of an exit is nobody's business here
                    assertThrows(MalformedRecordException.class, () -> decodeUnguarded(cut),
                            () -> "cut to " + cut.length + " of " + HexFormat.of().formatHex(record));
                    refused++;
                }
            }
        }
        assertTrue(refused > 4_000, "records are missing: " + refused);
        assertEquals(List.of(), context.events, "a malformed record must leave nothing behind");
        assertEquals(Map.of("data_pieces", context.losses.getOrDefault("data_pieces", 0L)), context.losses);
    }

    @Test
    void anyFieldMayHoldAnything() {
        for (byte[] record : all) {
            int fixed = switch (record[0]) {
                case MsgOp.MSG_OP_EXECVE -> MsgExecve.SIZE;
                case MsgOp.MSG_OP_CLONE -> MsgClone.SIZE;
                case MsgOp.MSG_OP_EXIT -> MsgExit.SIZE;
                default -> MsgData.SIZE;
            };
            for (int at = 4; at < fixed; at += 4) {
                for (long value : VALUES) {
                    decode(changed(record, at, (int) value));
                    if (at + 8 <= fixed) {
                        byte[] wide = record.clone();
                        ByteBuffer.wrap(wide).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value);
                        decode(wide);
                    }
                }
            }
            renew();
        }
    }

    /** With somebody's real arguments at hand to complete from. */
    @Test
    void totalsMayBeAnythingThoughTheProcessIsThere() throws IOException {
        Path process = Files.createDirectory(procfs.resolve("77"));
        Files.write(process.resolve("cmdline"), new byte[10_000]);
        Files.write(process.resolve("environ"), new byte[10_000]);
        for (byte[] record : of(MsgOp.MSG_OP_EXECVE)) {
            for (long args : VALUES) {
                for (long envs : VALUES) {
                    byte[] bytes = changed(changed(record, MsgExecve.PROCESS_PID, 77), MsgExecve.ARGS_SIZE, 0);
                    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(MsgExecve.ENVS_SIZE, 0)
                            .putLong(MsgExecve.ARGS_TOTAL, args).putLong(MsgExecve.ENVS_TOTAL, envs);
                    byte[] piece = of(MsgOp.MSG_OP_DATA).get(0).clone();
                    ByteBuffer.wrap(piece).order(ByteOrder.LITTLE_ENDIAN).putInt(MsgData.PROCESS_PID, 77)
                            .putLong(MsgData.PROCESS_KTIME, RingRecord.of(record).getLong(MsgExecve.PROCESS_KTIME));
                    decode(piece);
                    decode(bytes);
                }
            }
            context.losses.forEach((reason, count) -> assertTrue(count >= 0, reason + " is " + count));
            renew();
        }
    }

    @Test
    void sizesThatSumUpBeyondTheRecordAreMalformed() {
        for (byte[] record : of(MsgOp.MSG_OP_EXECVE)) {
            for (int first : SIZE_FIELDS) {
                for (int second : SIZE_FIELDS) {
                    for (int a : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, record.length, 1 << 30}) {
                        for (int b : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 1, 1 << 30}) {
                            byte[] bytes = changed(changed(record, first, a), second, b);
                            RingRecord r = RingRecord.of(bytes);
                            long sum = MsgExecve.SIZE;
                            for (int field : SIZE_FIELDS) {
                                sum += Integer.toUnsignedLong(r.getInt(field));
                            }
                            if (sum > record.length) {
                                assertThrows(MalformedRecordException.class, () -> decodeUnguarded(bytes));
                            }
                        }
                    }
                }
            }
        }
        assertEquals(List.of(), context.events.stream().filter(e -> e.process() == null).toList());
    }

    @Test
    void piecesWithoutEndAreBounded() {
        byte[] piece = of(MsgOp.MSG_OP_DATA).stream().reduce((a, b) -> a.length > b.length ? a : b).orElseThrow();
        int length = piece.length - MsgData.SIZE;
        for (int i = 0; i < 1000; i++) {
            decode(changed(piece, MsgData.OFFSET, i * length));
        }
        assertTrue(context.losses.get("data_pieces") > 900, context.losses::toString);
        for (int pid = 0; pid < 10_000; pid++) {
            decode(changed(changed(piece, MsgData.OFFSET, 0), MsgData.PROCESS_PID, pid));
        }
        assertTrue(context.losses.get("data_pieces") > 10_000, context.losses::toString);
    }

    @Test
    void textThatIsNoTextIsStillAnEvent() {
        for (byte[] record : of(MsgOp.MSG_OP_EXECVE)) {
            for (int fill : new int[] {0xFF, 0xC3, 0x80, 0xED, 0, '"', '\\', '\n', 0x1B, ' ', '/'}) {
                byte[] bytes = record.clone();
                Arrays.fill(bytes, MsgExecve.SIZE, bytes.length, (byte) fill);
                MemoryContext fresh = new MemoryContext(procfs, true);
                // parses the line and the message, which Utf8 and escapes must have made valid
                assertEquals(1, Decoded.of(fresh, List.of(bytes)).lines().size());
            }
        }
    }

    @Test
    void twentyThousandMutationsDoNoHarm() {
        Random random = new Random(20_000);
        int refused = 0;
        int events = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = all.get(random.nextInt(all.size())).clone();
            for (int changes = 1 + random.nextInt(8); changes > 0; changes--) {
                // the opcode chose the decoder already
                int at = 1 + random.nextInt(random.nextBoolean() ? Math.min(300, bytes.length) - 1 : bytes.length - 1);
                bytes[at] = (byte) (random.nextBoolean() ? random.nextInt() : bytes[at] ^ 1 << random.nextInt(8));
            }
            refused += decode(bytes) ? 0 : 1;
            for (ProcessEvent event : context.events) {
                JsonWriter out = new JsonWriter(1024);
                event.writeJson(out);
                event.toProto();
                events++;
            }
            context.events.clear();
            context.losses.forEach((reason, count) -> assertTrue(count >= 0, reason + " is " + count));
        }
        assertTrue(refused > 1000 && events > 1000, refused + " refused, " + events + " events");
    }

    /** @return false if the record was refused */
    private boolean decode(byte[] bytes) {
        RingRecord record = RingRecord.of(bytes);
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            Decoded.decode(decoder, record);
            return true;
        } catch (MalformedRecordException e) {
            return false;
        } catch (RuntimeException e) {
            throw new AssertionError("decoding " + HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, 400)), e);
        } finally {
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < ALLOCATED_MAX, () -> allocated + " bytes allocated");
        }
    }

    private void decodeUnguarded(byte[] bytes) {
        Decoded.decode(decoder, RingRecord.of(bytes));
    }

    private List<byte[]> of(int opcode) {
        return all.stream().filter(r -> r[0] == opcode).toList();
    }

    private static byte[] changed(byte[] record, int at, int value) {
        byte[] bytes = record.clone();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        return bytes;
    }
}
