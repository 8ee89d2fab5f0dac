// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Entries that wait for the return of their call. A hash table of chains, found by thread and hook; within a chain the
 * newest call of a thread comes first, so its calls of one hook lie on each other like the frames of its stack. On the
 * reader's thread only.
 *
 * <p>Whatever lies above a call that returns will not return any more and is given up. So are the outermost of a thread's
 * calls when there are more than can nest, the oldest of all when there are too many or too large ones, and those that
 * waited for too long. A call may sleep for long (accept, poll), so that time is generous, and the bounds hold the memory.
 * Calls of a program that is no more, because the call killed it, ended it or executed another, are found by sweeping.
 */
final class PendingCalls {
    private static final int BUCKETS = 4096;

    private final int maxCalls;
    private final int maxNesting;
    private final long maxBytes;
    private final int maxAge;
    private final Consumer<GenericEvent> givenUp;
    private final @Nullable Call[] buckets = new Call[BUCKETS];
    /** By age. */
    private @Nullable Call oldest;
    private @Nullable Call newest;
    private int calls;
    private long bytes;
    private int now;

    private static final class Call {
        final int tid;
        final long id;
        final GenericEvent event;
        final int bytes;
        final int since;
        boolean orphaned;
        @Nullable Call next;
        @Nullable Call older;
        @Nullable Call newer;

        Call(int tid, long id, GenericEvent event, int since) {
            this.tid = tid;
            this.id = id;
            this.event = event;
            this.since = since;
            bytes = event.size();
        }

        boolean is(int thread, int hook) {
            return tid == thread && event.hook.number == hook;
        }
    }

    /**
     * @param maxNesting calls of one hook that a thread may be in
     * @param maxAge sweeps that an entry may wait
     * @param givenUp gets the entries whose return is not waited for any longer
     */
    PendingCalls(int maxCalls, int maxNesting, long maxBytes, int maxAge, Consumer<GenericEvent> givenUp) {
        this.maxCalls = maxCalls;
        this.maxNesting = maxNesting;
        this.maxBytes = maxBytes;
        this.maxAge = maxAge;
        this.givenUp = givenUp;
    }

    /** Keeps an entry until its return. */
    void add(int tid, long id, GenericEvent event) {
        Call call = new Call(tid, id, event, now);
        int bucket = bucket(tid, event.hook.number);
        call.next = buckets[bucket];
        buckets[bucket] = call;
        call.older = newest;
        if (newest == null) {
            oldest = call;
        } else {
            newest.newer = call;
        }
        newest = call;
        calls++;
        bytes += call.bytes;
        limitNesting(call);
        Call first = oldest;
        while (first != null && first != call && (calls > maxCalls || bytes > maxBytes)) {
            giveUp(first);
            first = oldest;
        }
    }

    /** Returns the entry of a call that returns, null if it is not here. */
    @Nullable GenericEvent take(int tid, int hook, long id) {
        int bucket = bucket(tid, hook);
        Call found = buckets[bucket];
        while (found != null && !(found.id == id && found.is(tid, hook))) {
            found = found.next;
        }
        if (found == null) {
            return null;
        }
        for (Call above = buckets[bucket]; above != found && above != null; ) {
            Call next = above.next;
            if (above.is(tid, hook)) {
                giveUp(above);
            }
            above = next;
        }
        remove(found);
        return found.event;
    }

    /**
     * Makes time pass, and gives up what waited for too long.
     *
     * @param ended whether an entry's program is no more
     * @param orphans gets the entries of such programs that were so in the sweep before, too: the return of a call that
     *     executes another program comes behind the news of that
     */
    void sweep(Predicate<GenericEvent> ended, Consumer<GenericEvent> orphans) {
        now++;
        Call call = oldest;
        while (call != null && now - call.since > maxAge) {
            giveUp(call);
            call = oldest;
        }
        while (call != null) {
            Call newer = call.newer;
            if (ended.test(call.event)) {
                if (call.orphaned) {
                    remove(call);
                    orphans.accept(call.event);
                }
                call.orphaned = true;
            }
            call = newer;
        }
    }

    /** Drops the entries of hooks that are no more, and returns how many they were. */
    int dropIf(Predicate<Hook> gone) {
        int dropped = 0;
        for (Call call = oldest; call != null; ) {
            Call newer = call.newer;
            if (gone.test(call.event.hook)) {
                remove(call);
                dropped++;
            }
            call = newer;
        }
        return dropped;
    }

    int size() {
        return calls;
    }

    private void limitNesting(Call call) {
        int nested = 1;
        Call outermost = call;
        for (Call below = call.next; below != null; below = below.next) {
            if (below.is(call.tid, call.event.hook.number)) {
                nested++;
                outermost = below;
            }
        }
        if (nested > maxNesting) {
            giveUp(outermost);
        }
    }

    private void giveUp(Call call) {
        remove(call);
        givenUp.accept(call.event);
    }

    private void remove(Call call) {
        int bucket = bucket(call.tid, call.event.hook.number);
        Call before = buckets[bucket];
        if (before == call) {
            buckets[bucket] = call.next;
        } else {
            while (before != null && before.next != call) {
                before = before.next;
            }
            if (before != null) {
                before.next = call.next;
            }
        }
        if (call.older == null) {
            oldest = call.newer;
        } else {
            call.older.newer = call.newer;
        }
        if (call.newer == null) {
            newest = call.older;
        } else {
            call.newer.older = call.older;
        }
        calls--;
        bytes -= call.bytes;
    }

    private static int bucket(int tid, int hook) {
        int hash = (tid * 31 + hook) * 0x9E37_79B9;
        return hash >>> Integer.numberOfLeadingZeros(BUCKETS) + 1;
    }
}
