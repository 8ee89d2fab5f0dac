// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.hooks.event.HookEvent;
import io.tetragon.hooks.event.UprobePlace;
import io.tetragon.hooks.internal.abi.HookActionKind;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.hooks.internal.abi.MsgGenericFlags;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.proto.KprobeAction;
import io.tetragon.proto.ProcessKprobe;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Entry and return of a call are one event. */
class MergingTest {
    private static final int HOOK = 1;
    private static final int OTHER = 2;

    private final MemoryContext context = new MemoryContext();
    private final HookRecords records = new HookRecords(context);

    @BeforeEach
    void register() {
        records.register(Hooks.kprobe("f").with(ArgumentType.INT32).returning(ArgumentType.INT64).as(HOOK));
        records.register(Hooks.kprobe("g").with(ArgumentType.INT32).returning(ArgumentType.INT64).as(OTHER));
    }

    private void enter(int hook, int tid, long call, int value) {
        records.decode(GenericRecord.of(hook).tid(tid).call(call).time(call).integer(0, value).record());
    }

    private void leave(int hook, int tid, long call, long value) {
        records.decode(GenericRecord.of(hook).tid(tid).call(call).time(call + 1_000_000)
                .flags(MsgGenericFlags.MSG_RETURN).integer(5, value).record());
    }

    /** Of a call that is no event unless its return says so. */
    private void enterFiltered(int tid, long call, int value) {
        records.decode(GenericRecord.of(HOOK).tid(tid).call(call).returnDecides().integer(0, value).record());
    }

    private ProcessKprobe event(int index) {
        return Written.of(context.events.get(index)).message().getProcessKprobe();
    }

    private List<String> calls() {
        return context.events.stream().map(e -> e.toProto().getProcessKprobe())
                .map(e -> e.getArgs(0).getIntArg() + "=" + e.getReturn().getLongArg()).toList();
    }

    @Test
    void theEventHasTheTimeOfTheEntryAndTheValueOfTheReturn() {
        enter(HOOK, 7, 100, 42);
        assertEquals(0, context.events.size());
        assertEquals(1, records.waiting());
        leave(HOOK, 7, 100, -1);
        assertEquals(List.of("42=-1"), calls());
        assertEquals(MemoryContext.EPOCH + 100, context.events.get(0).timeNanos());
        assertEquals(7, event(0).getProcess().getTid().getValue());
        assertEquals(1, records.merged());
        assertEquals(0, records.waiting());
        assertEquals(Map.of(), context.losses);
    }

    @Test
    void callsNestWithinAThread() {
        enter(HOOK, 7, 1, 1);
        enter(HOOK, 7, 2, 2);
        enter(HOOK, 7, 3, 3);
        leave(HOOK, 7, 3, 30);
        leave(HOOK, 7, 2, 20);
        leave(HOOK, 7, 1, 10);
        assertEquals(List.of("3=30", "2=20", "1=10"), calls());
    }

    @Test
    void threadsAndHooksDoNotDisturbEachOther() {
        enter(HOOK, 7, 1, 1);
        enter(HOOK, 8, 1, 2);
        enter(OTHER, 7, 1, 3);
        leave(HOOK, 8, 1, 20);
        leave(OTHER, 7, 1, 30);
        leave(HOOK, 7, 1, 10);
        assertEquals(List.of("2=20", "3=30", "1=10"), calls());
        assertEquals(Map.of(), context.losses);
    }

    @Test
    void whatLiesAboveAReturningCallGoesOutWithoutItsReturn() {
        enter(HOOK, 7, 1, 1);
        enter(HOOK, 7, 2, 2);
        enter(OTHER, 7, 4, 4);
        enter(HOOK, 7, 3, 3);
        leave(HOOK, 7, 1, 10);
        assertEquals(List.of("3=0", "2=0", "1=10"), calls());
        assertEquals(false, event(0).hasReturn());
        leave(HOOK, 7, 3, 30);
        leave(OTHER, 7, 4, 40);
        assertEquals(List.of("3=0", "2=0", "1=10", "4=40"), calls());
        assertEquals(Map.of("return_lost", 2L, "return_without_entry", 1L), context.losses);
        assertEquals(1, records.lateReturns());
    }

    @Test
    void whatItsReturnDecidesIsDroppedWithoutIt() {
        enterFiltered(7, 1, 1);
        enterFiltered(7, 2, 2);
        enterFiltered(7, 3, 3);
        leave(HOOK, 7, 1, 10);
        assertEquals(List.of("1=10"), calls());
        assertEquals(2, records.droppedEntries());
        assertEquals(Map.of("entry_without_return", 2L), context.losses);
    }

    @Test
    void aCallThatEndsItsProcessGoesOutWithoutItsReturn() {
        enter(HOOK, 7, 1, 1);
        enter(HOOK, 7, 2, 2);
        enterFiltered(7, 3, 3);
        context.second();
        assertEquals(3, records.waiting());
        context.processes().exited(MemoryContext.PID, MemoryContext.KTIME);
        context.second();
        assertEquals(List.of(), calls());
        context.second();
        assertEquals(List.of("1=0", "2=0"), calls());
        assertEquals("/usr/bin/cat", event(0).getProcess().getBinary());
        assertEquals(0, records.waiting());
        assertEquals(Map.of(), context.losses);
    }

    @Test
    void aCallThatExecutesAnotherProgramHasTimeToReturn() {
        enter(HOOK, 7, 1, 1);
        context.processes().exited(MemoryContext.PID, MemoryContext.KTIME);
        context.second();
        leave(HOOK, 7, 1, 10);
        context.second();
        assertEquals(List.of("1=10"), calls());
    }

    @Test
    void aThreadWhoseReturnsAreLostKeepsNoMoreThanCanNest() {
        for (int call = 1; call <= 100; call++) {
            enter(HOOK, 7, call, call);
        }
        assertEquals(32, records.waiting());
        leave(HOOK, 7, 100, 0);
        leave(HOOK, 7, 69, 0);
        leave(HOOK, 7, 68, 0);
        // Of the first 68 the returns were not waited for, nor of those between the two, when the lower one returned.
        assertEquals(100, calls().size());
        assertEquals(Map.of("return_lost", 98L, "return_without_entry", 1L), context.losses);
    }

    @Test
    void theOldestGoesWhenThereAreTooMany() {
        for (int tid = 1; tid <= 20_000; tid++) {
            enter(HOOK, tid, 1, tid);
        }
        assertEquals(16_384, records.waiting());
        assertEquals(20_000 - 16_384, calls().size());
        leave(HOOK, 20_000, 1, 1);
        leave(HOOK, 1, 1, 1);
        assertEquals("20000=1", calls().get(20_000 - 16_384));
        assertEquals(1, records.lateReturns());
    }

    @Test
    void theOldestGoesWhenTheyAreTooLarge() {
        String large = "x".repeat(1 << 20);
        for (int tid = 1; tid <= 40; tid++) {
            records.decode(GenericRecord.of(HOOK).tid(tid).call(1).text(0, HookKind.KIND_STRING, large).record());
        }
        assertTrue(records.waiting() <= 16, () -> records.waiting() + " wait");
        assertEquals(40 - records.waiting(), context.events.size());
    }

    @Test
    void anEntryDoesNotWaitForEver() {
        enter(HOOK, 7, 1, 1);
        for (int second = 0; second < 300; second++) {
            context.second();
        }
        enter(HOOK, 8, 1, 2);
        for (int second = 0; second < 301; second++) {
            context.second();
        }
        assertEquals(1, records.waiting());
        leave(HOOK, 7, 1, 5);
        leave(HOOK, 8, 1, 5);
        assertEquals(List.of("1=0", "2=5"), calls());
    }

    @Test
    void anEntryWhoseReturnCannotComeGoesOutAtOnce() {
        records.decode(GenericRecord.of(HOOK).call(5).integer(0, 1).flags(MsgGenericFlags.MSG_RETURN_LOST).record());
        records.decode(GenericRecord.of(HOOK).integer(0, 2).record());
        assertEquals(List.of("1=0", "2=0"), calls());
        assertEquals(false, event(0).hasReturn());
        assertEquals(KprobeAction.KPROBE_ACTION_POST, event(0).getReturnAction());
        assertEquals(Map.of("return_lost", 1L), context.losses);
    }

    @Test
    void aReturnThatItsFiltersRefuseWithdrawsTheEntry() {
        enter(HOOK, 7, 1, 1);
        records.decode(GenericRecord.of(HOOK).tid(7).call(1).action(HookActionKind.ACTION_NO_POST)
                .flags(MsgGenericFlags.MSG_RETURN).record());
        assertEquals(0, context.events.size() + records.waiting());
        assertEquals(Map.of(), context.losses);
    }

    @Test
    void whatIsCopiedAtReturnTakesItsPlaceAmongTheArguments() {
        records.register(Hooks.kprobe("read").with(ArgumentType.INT32)
                .argument(ArgumentType.STRING, "", false, true).with(ArgumentType.SIZE)
                .returning(ArgumentType.SIZE).as(HOOK));
        records.decode(GenericRecord.of(HOOK).call(1).integer(0, 3).integer(2, 10).record());
        records.decode(GenericRecord.of(HOOK).call(1).flags(MsgGenericFlags.MSG_RETURN)
                .text(1, HookKind.KIND_STRING, "filled").integer(5, 6).record());
        records.decode(GenericRecord.of(HOOK).call(2).integer(0, 3).integer(2, 10)
                .flags(MsgGenericFlags.MSG_RETURN_LOST).record());
        assertEquals("filled", event(0).getArgs(1).getStringArg());
        assertEquals(10, event(0).getArgs(2).getSizeArg());
        assertEquals(ArgumentError.RETURN_NOT_SEEN, event(1).getArgs(1).getErrorArg().getMessage());
    }

    @Test
    void eachHalfHasItsAction() {
        records.decode(GenericRecord.of(HOOK).call(1).action(HookActionKind.ACTION_OVERRIDE).integer(0, 0).record());
        records.decode(GenericRecord.of(HOOK).call(1).action(HookActionKind.ACTION_SIGKILL)
                .flags(MsgGenericFlags.MSG_RETURN).record());
        assertEquals(KprobeAction.KPROBE_ACTION_OVERRIDE, event(0).getAction());
        assertEquals(KprobeAction.KPROBE_ACTION_SIGKILL, event(0).getReturnAction());
    }

    @Test
    void theReturnOfAUprobeIsTheLastOfItsArguments() {
        records.register(Hooks.of(new HookEvent.Uprobe("/bin/bash", place -> new UprobePlace("readline", place, 16)))
                .with(ArgumentType.INT32).returning(ArgumentType.STRING).as(HOOK));
        records.decode(GenericRecord.of(HOOK).attachment(5).call(1).integer(0, 1).record());
        records.decode(GenericRecord.of(HOOK).attachment(5).call(1).flags(MsgGenericFlags.MSG_RETURN)
                .text(5, HookKind.KIND_STRING, "ls").record());
        assertEquals("\"path\":\"/bin/bash\",\"symbol\":\"readline\",\"policy_name\":\"policy\","
                + "\"args\":[{\"int_arg\":1},{\"string_arg\":\"ls\"}],\"offset\":\"5\",\"ref_ctr_offset\":\"16\","
                + "\"action\":\"KPROBE_ACTION_POST\"", Written.of(context.events.get(0)).members());
    }

    @Test
    void unregisteringGivesUpWhatWaits() {
        enter(HOOK, 7, 1, 1);
        enter(OTHER, 7, 1, 2);
        records.unregister(HOOK);
        context.runReader();
        assertEquals(1, records.waiting());
        leave(HOOK, 7, 1, 0);
        leave(OTHER, 7, 1, 0);
        assertEquals(List.of("2=0"), calls());
        assertEquals(Map.of("entry_without_return", 1L, "unknown_hook", 1L), context.losses);
    }
}
