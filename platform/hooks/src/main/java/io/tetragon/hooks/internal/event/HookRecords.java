// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.api.process.Process;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.RingRecord;
import io.tetragon.hooks.event.HookDescription;
import io.tetragon.hooks.internal.abi.ArgBytes;
import io.tetragon.hooks.internal.abi.HookActionKind;
import io.tetragon.hooks.internal.abi.MsgArgument;
import io.tetragon.hooks.internal.abi.MsgGeneric;
import io.tetragon.hooks.internal.abi.MsgGenericFlags;
import io.tetragon.hooks.internal.action.AgentActions;
import io.tetragon.policy.model.Action;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The records of a sensor's hooks become events. Decoding is on the reader's thread only: no locks, no logging; an event
 * costs itself and one copy of its arguments.
 */
public final class HookRecords {
    private static final int MAX_CALLS = 16_384;
    /** As deep as the programs of any family remember. */
    private static final int MAX_NESTING = 32;
    private static final long MAX_CALL_BYTES = 16 << 20;
    private static final Duration SWEEP = Duration.ofSeconds(1);
    private static final int MAX_CALL_AGE = 600;

    private final SensorContext context;
    private final Set<String> ancestorClasses;
    private final HookTable hooks = new HookTable();
    private final DataPieces data = new DataPieces();
    private final PendingCalls calls =
            new PendingCalls(MAX_CALLS, MAX_NESTING, MAX_CALL_BYTES, MAX_CALL_AGE, this::giveUp);
    private final StackResolver stacks;
    private final AgentActions actions;
    private final boolean withAddresses;
    private volatile long merged;
    private volatile long lateReturns;
    private volatile long droppedEntries;

    /** Takes part in the rounds of the reader from now on. */
    public HookRecords(SensorContext context) {
        this(context, new AgentActions());
    }

    HookRecords(SensorContext context, AgentActions actions) {
        this.context = context;
        this.actions = actions;
        stacks = new StackResolver(context);
        withAddresses = context.settings().bool("expose-stack-addresses");
        ancestorClasses = Set.copyOf(context.settings().list("enable-ancestors"));
        context.every(SWEEP, this::sweep);
    }

    /** Makes a hook known. From any thread. */
    public void register(HookDescription description) {
        hooks.put(new Hook(description, withAddresses));
    }

    /** Forgets a hook. From any thread. */
    public void unregister(int number) {
        if (hooks.remove(number)) {
            context.onReader(() -> {
                countDropped(calls.dropIf(hook -> hook.number == number));
                stacks.forget(number);
            });
        }
    }

    /** Decodes a record. On the reader's thread. */
    public void decode(RingRecord r) {
        int flags = r.getByte(MsgGeneric.COMMON_FLAGS) & 0xFF;
        if ((flags & MsgGenericFlags.MSG_GENERIC_DATA) != 0) {
            data.add(r);
            return;
        }
        Hook hook = hooks.find(r.getInt(MsgGeneric.HOOK));
        if (hook == null) {
            context.countLoss("unknown_hook", 1);
            return;
        }
        byte[] arguments = ArgumentArea.copy(r, MsgGeneric.SIZE, r.getByte(MsgGeneric.ARGUMENTS) & 0xFF);
        @Nullable RecordTail tail = RecordTail.of(r, MsgGeneric.SIZE + arguments.length, flags);
        if ((flags & MsgGenericFlags.MSG_ACTION_FAILED) != 0) {
            context.countLoss("action_failed", 1);
        }
        if ((flags & MsgGenericFlags.MSG_RETURN) != 0) {
            returned(r, hook, arguments, tail);
        } else {
            entered(r, hook, flags, arguments, tail);
        }
    }

    /** Returns how many returns came without their entry. */
    public long lateReturns() {
        return lateReturns;
    }

    /** Returns how many entries were given up. */
    public long droppedEntries() {
        return droppedEntries;
    }

    /** Returns how many events were made of two halves. */
    public long merged() {
        return merged;
    }

    /** Returns how many entries wait. */
    public int waiting() {
        return calls.size();
    }

    private void entered(RingRecord r, Hook hook, int flags, byte[] arguments, @Nullable RecordTail tail) {
        GenericEvent event = event(r, hook, arguments);
        if (tail != null) {
            tail.complete(event);
        }
        int tid = r.getInt(MsgGeneric.TID);
        long call = r.getLong(MsgGeneric.CALL);
        completeData(event, hook, tid, call, arguments);
        if ((flags & MsgGenericFlags.MSG_RETURN_LOST) != 0) {
            context.countLoss("return_lost", 1);
        } else if (hook.returns && call != 0) {
            calls.add(tid, call, event);
            return;
        }
        publish(event);
    }

    private void returned(RingRecord r, Hook hook, byte[] arguments, @Nullable RecordTail tail) {
        int tid = r.getInt(MsgGeneric.TID);
        long call = r.getLong(MsgGeneric.CALL);
        GenericEvent event = calls.take(tid, hook.number, call);
        if (event == null) {
            lateReturns = lateReturns + 1;
            context.countLoss("return_without_entry", 1);
            return;
        }
        int action = r.getByte(MsgGeneric.ACTION) & 0xFF;
        if (action == HookActionKind.ACTION_NO_POST) {
            // The filters of the return do not hold: there is no event, and nothing is lost.
            return;
        }
        merged = merged + 1;
        event.complete(arguments, action);
        if (tail != null) {
            tail.complete(event);
        }
        completeData(event, hook, tid, call, arguments);
        publish(event);
    }

    private GenericEvent event(RingRecord r, Hook hook, byte[] arguments) {
        int pid = r.getInt(MsgGeneric.PROCESS_PID);
        long ktime = r.getLong(MsgGeneric.PROCESS_KTIME);
        if (ktime == 0) {
            ktime = newest(pid);
        }
        GenericEvent event = new GenericEvent(context.node(), context.clock().monotonicToEpoch(r.getLong(MsgGeneric.COMMON_KTIME)),
                pid, ktime, r.getInt(MsgGeneric.TID), hook, r.getInt(MsgGeneric.ATTACHMENT),
                r.getByte(MsgGeneric.SELECTOR) & 0xFF, r.getByte(MsgGeneric.ACTION) & 0xFF, arguments);
        event.returnDecides = r.getByte(MsgGeneric.RETURN_DECIDES) != 0;
        if (ancestorClasses.contains(hook.form.eventClass())) {
            event.wantAncestors();
        }
        return event;
    }

    /** The kernel's map of processes did not have it; the cache may. */
    private long newest(int pid) {
        Process process = context.processes().newest(pid);
        if (process != null) {
            return process.ktime();
        }
        context.countLoss("process_not_found", 1);
        return 0;
    }

    /** Puts what travelled before the record in its place. */
    private void completeData(GenericEvent event, Hook hook, int tid, long call, byte[] arguments) {
        for (int at = 0; at < arguments.length; at = ArgumentArea.next(arguments, at)) {
            if (ArgumentArea.status(arguments, at) != 0 || !ArgumentArea.mayHaveData(ArgumentArea.kind(arguments, at))) {
                continue;
            }
            long sent = ArgumentArea.getLong(arguments, ArgumentArea.fixed(arguments, at) + ArgBytes.SENT);
            if (sent != 0) {
                int slot = arguments[at + MsgArgument.SLOT];
                byte @Nullable [] bytes = data.take(hook.number, tid, call, slot);
                int got = bytes == null ? 0 : bytes.length;
                if (bytes != null) {
                    event.data(slot, bytes);
                }
                if (sent > got) {
                    context.countLoss("data_bytes", Math.min(sent, DataPieces.MAX_AREA) - got);
                }
            }
        }
    }

    private void publish(GenericEvent event) {
        if (event.hook.hasActions()) {
            for (Action action : event.hook.actions(event.selector)) {
                if (!actions.submit(action)) {
                    context.countLoss("agent_action", 1);
                }
            }
        }
        if (event.hasStacks()) {
            stacks.publish(event);
        } else {
            context.publish(event);
        }
    }

    /** The return was lost, or takes too long: what the entry tells is an event all the same, unless the return had a say. */
    private void giveUp(GenericEvent event) {
        if (event.returnDecides) {
            countDropped(1);
            return;
        }
        context.countLoss("return_lost", 1);
        publish(event);
    }

    /** There will be no return, so nothing is lost, and filters of it do not hold. */
    private void orphaned(GenericEvent event) {
        if (!event.returnDecides) {
            publish(event);
        }
    }

    private void countDropped(int entries) {
        if (entries != 0) {
            droppedEntries = droppedEntries + entries;
            context.countLoss("entry_without_return", entries);
        }
    }

    private void sweep() {
        calls.sweep(event -> event.hasEnded(context.processes()), this::orphaned);
        stacks.sweep();
        data.sweep();
        long pieces = data.takeDropped();
        if (pieces != 0) {
            context.countLoss("data_pieces", pieces);
        }
    }
}
