// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.event;

import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.RingRecord;
import io.tetragon.hooks.internal.event.HookRecords;
import io.tetragon.policy.model.ArgumentType;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Decodes the records of one opcode for any number of hooks; each sensor has one. Where an event has two halves, the first
 * waits here for the second, which may withdraw it by the action NoPost; what an argument sends in pieces is put together
 * before the record that it belongs to. GetUrl and DnsLookup are done here, once for each event of their selector.
 *
 * <p>Losses are counted by {@link SensorContext#countLoss}: {@code unknown_hook} (a record of no registered hook),
 * {@code process_not_found} (the event's process is unknown), {@code entry_without_return} (a first half that was given up,
 * and that is no event without its return), {@code return_without_entry}, {@code return_lost} (an event without its second
 * half), {@code data_pieces} (pieces of an argument that were lost or never asked for), {@code data_bytes} (what an argument is short of), {@code stack_names} (an
 * event whose stacks could not be named in time), {@code agent_action} (a GetUrl or DnsLookup too many),
 * {@code action_failed} (an action of the program's).
 */
public final class GenericDecoder {
    private final HookRecords records;
    private final AtomicInteger numbers = new AtomicInteger();

    /** Takes part in the rounds of the reader from now on. */
    public GenericDecoder(SensorContext context) {
        records = new HookRecords(context);
    }

    /** Returns a number for a hook that no other hook of this sensor has or had; more than 0. From any thread. */
    public int nextHook() {
        return numbers.incrementAndGet();
    }

    /**
     * Makes a hook known; to be called before its programs are attached. From any thread.
     *
     * @throws IllegalArgumentException if the type of an argument was not deduced
     */
    public void register(HookDescription hook) {
        for (ArgumentDescription argument : hook.arguments()) {
            if (argument.type() == ArgumentType.AUTO) {
                throw new IllegalArgumentException("hook " + hook.hook() + ": slot " + argument.slot() + " has no type");
            }
        }
        records.register(hook);
    }

    /** Forgets a hook, behind its last record; what waits of its calls is given up. From any thread. */
    public void unregister(int hook) {
        records.unregister(hook);
    }

    /**
     * Decodes a record. On the reader's thread.
     *
     * @throws io.tetragon.bpf.MalformedRecordException if it is not what it says
     */
    public void decode(RingRecord record) {
        records.decode(record);
    }

    /** Returns how many returns came whose entry was not, or no longer, here. From any thread. */
    public long lateReturns() {
        return records.lateReturns();
    }

    /** Returns how many entries were given up because their return did not come. From any thread. */
    public long droppedEntries() {
        return records.droppedEntries();
    }

    /** Returns how many events were made of two halves. From any thread. */
    public long merged() {
        return records.merged();
    }

    /** Returns how many entries wait for their return at this moment. From any thread. */
    public int waiting() {
        return records.waiting();
    }
}
