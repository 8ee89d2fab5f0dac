// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.bpf.RingRecord;
import io.tetragon.hooks.event.GenericDecoder;
import io.tetragon.hooks.event.HookEvent;
import io.tetragon.hooks.internal.abi.ArgBytes;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.hooks.internal.abi.MsgGenericFlags;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.proto.KprobeArgument;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What else a record can tell: who it was, which place was hit, and what came before it. */
class RecordsTest {
    private static final int HOOK = 4;

    private final MemoryContext context = new MemoryContext();
    private final HookRecords records = new HookRecords(context);

    private static byte[] data(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private void piece(long call, int slot, long offset, byte[] bytes) {
        records.decode(RingRecord.of(GenericRecord.piece(HOOK, MemoryContext.PID + 1, call, slot, offset, bytes)));
    }

    private void buffer(long call, long original, long sent) {
        records.decode(GenericRecord.of(HOOK).call(call).fixed(0, HookKind.KIND_CHAR_BUF,
                Bytes.of(ArgBytes.SIZE).u64(ArgBytes.ORIGINAL, original).u64(ArgBytes.SENT, sent)).record());
    }

    private KprobeArgument argument(int event) {
        return Written.of(context.events.get(event)).message().getProcessKprobe().getArgs(0);
    }

    @Test
    void theAttachmentNamesTheFunction() {
        String[] names = {"__x64_sys_read", "__x64_sys_write"};
        records.register(Hooks.of(new HookEvent.Kprobe(attachment -> names[attachment])).as(HOOK));
        records.decode(GenericRecord.of(HOOK).attachment(1).record());
        assertEquals("__x64_sys_write",
                context.events.get(0).toProto().getProcessKprobe().getFunctionName());
    }

    @Test
    void messageAndTagsAreThePolicys() {
        records.register(Hooks.kprobe("f").policy("p", "says \"so\"", List.of("a.b", "c")).as(HOOK));
        records.decode(GenericRecord.of(HOOK).record());
        assertTrue(Written.of(context.events.get(0)).json().contains(
                "\"policy_name\":\"p\",\"return_action\":\"KPROBE_ACTION_POST\",\"message\":\"says \\\"so\\\"\","
                        + "\"tags\":[\"a.b\",\"c\"]"));
    }

    @Test
    void aProcessThatTheKernelDidNotKnowIsTheNewestOfItsIdOrUnknown() {
        records.register(Hooks.kprobe("f").as(HOOK));
        int flag = MsgGenericFlags.MSG_PROCESS_NOT_FOUND;
        records.decode(GenericRecord.of(HOOK).process(MemoryContext.PID, 0).flags(flag).record());
        assertEquals("/usr/bin/cat",
                context.events.get(0).toProto().getProcessKprobe().getProcess().getBinary());
        assertEquals(Map.of(), context.losses);
        records.decode(GenericRecord.of(HOOK).process(12345, 0).tid(12346).flags(flag).record());
        assertTrue(Written.of(context.events.get(1)).json().startsWith(
                "{\"process_kprobe\":{\"process\":{\"pid\":12345,\"flags\":\"unknown\",\"tid\":12346},\"function_name\""));
        assertEquals(true, context.events.get(1).resolve(context.processes()), "nothing to wait for");
        assertEquals(Map.of("process_not_found", 1L), context.losses);
    }

    @Test
    void piecesStandWhereTheTextIsEmpty() {
        records.register(Hooks.kprobe("write").with(ArgumentType.CHAR_BUF).as(HOOK));
        byte[] bytes = data(300_000);
        for (int at = 0; at < bytes.length; at += 32 << 10) {
            piece(9, 0, at, Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + (32 << 10))));
        }
        buffer(9, bytes.length, bytes.length);
        assertArrayEquals(bytes, argument(0).getBytesArg().toByteArray());
        assertEquals(Map.of(), context.losses);
    }

    @Test
    void whatIsMissingOfThePiecesIsSaidAndCounted() {
        records.register(Hooks.kprobe("write").with(ArgumentType.CHAR_BUF).as(HOOK));
        byte[] bytes = data(3000);
        piece(1, 0, 0, Arrays.copyOf(bytes, 1000));
        piece(1, 0, 2000, Arrays.copyOf(bytes, 1000));
        buffer(1, 3000, 3000);
        assertEquals(3000, argument(0).getTruncatedBytesArg().getOrigSize());
        assertArrayEquals(Arrays.copyOf(bytes, 1000), argument(0).getTruncatedBytesArg().getBytesArg().toByteArray());
        piece(2, 0, 0, new byte[0]);
        buffer(2, 3000, 3000);
        assertEquals(0, argument(1).getTruncatedBytesArg().getBytesArg().size());
        context.second();
        assertEquals(Map.of("data_pieces", 1L, "data_bytes", 5000L), context.losses);
    }

    @Test
    void piecesNobodyAsksForAreBoundedAndForgotten() {
        byte[] bytes = data(64 << 10);
        for (int call = 1; call <= 2000; call++) {
            piece(call, 0, 0, bytes);
        }
        assertEquals(Map.of(), context.losses, "counted with the next record or sweep");
        for (int second = 0; second < 7; second++) {
            context.second();
        }
        assertEquals(Map.of("data_pieces", 2000L), context.losses);
        piece(1, 0, 0, bytes);
        for (int i = 1; i < 100; i++) {
            piece(1, 0, (long) i * bytes.length, bytes);
        }
        context.second();
        assertEquals(2000L + 92, context.losses.get("data_pieces"), "an area ends at 512 KiB");
    }

    @Test
    void theHashOfAFileStandsBehindTheStacks() {
        records.register(Hooks.of(new HookEvent.Lsm("bprm_check_security")).as(HOOK));
        byte[] digest = new byte[32];
        Arrays.fill(digest, (byte) 0xAB);
        records.decode(GenericRecord.of(HOOK).flags(MsgGenericFlags.MSG_IMA_HASH)
                .behind(Bytes.of(40).u32(0, 4).raw(8, digest).toArray()).record());
        assertEquals("\"function_name\":\"bprm_check_security\",\"policy_name\":\"policy\","
                + "\"action\":\"KPROBE_ACTION_POST\",\"ima_hash\":\"sha256:" + "ab".repeat(32) + "\"",
                Written.of(context.events.get(0)).members());
    }

    @Test
    void failedActionsAreCountedAndUnknownOnesGoByTheirNumber() {
        records.register(Hooks.kprobe("f").as(HOOK));
        records.decode(GenericRecord.of(HOOK).action(77).flags(MsgGenericFlags.MSG_ACTION_FAILED).record());
        assertEquals("\"function_name\":\"f\",\"action\":78,\"policy_name\":\"policy\","
                + "\"return_action\":\"KPROBE_ACTION_POST\"", Written.of(context.events.get(0)).members());
        assertEquals(Map.of("action_failed", 1L), context.losses);
    }

    @Test
    void ancestorsAreAskedForByTheClassOfTheEvent() {
        MemoryContext asked = new MemoryContext().with("enable-ancestors", List.of("base", "lsm"));
        HookRecords all = new HookRecords(asked);
        all.register(Hooks.of(new HookEvent.Lsm("file_open")).as(HOOK));
        all.decode(GenericRecord.of(HOOK).record());
        assertEquals(1, asked.events.size());
    }

    @Test
    void thousandsOfHooksAreFoundAndForgotten() {
        for (int hook = 1; hook <= 1000; hook++) {
            records.register(Hooks.kprobe("f" + hook).as(hook));
        }
        for (int hook = 2; hook <= 1000; hook += 2) {
            records.unregister(hook);
        }
        for (int hook = 0; hook <= 1001; hook++) {
            records.decode(GenericRecord.of(hook).record());
        }
        assertEquals(500, context.events.size());
        assertEquals("f999", context.events.get(499).toProto().getProcessKprobe().getFunctionName());
        assertEquals(502, context.losses.get("unknown_hook"));
    }

    @Test
    void theDecoderGivesEachHookANumberAndWantsItsTypes() {
        GenericDecoder decoder = new GenericDecoder(context);
        assertEquals(1, decoder.nextHook());
        assertEquals(2, decoder.nextHook());
        assertThrows(IllegalArgumentException.class,
                () -> decoder.register(Hooks.kprobe("f").with(ArgumentType.AUTO).as(1)));
        decoder.register(Hooks.kprobe("f").as(1));
        decoder.decode(GenericRecord.of(1).record());
        decoder.unregister(1);
        decoder.decode(GenericRecord.of(1).record());
        assertEquals(1, context.events.size());
    }
}
