// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.RecordDecoder;
import io.tetragon.bpf.MalformedRecordException;
import io.tetragon.bpf.RingBuffer;
import io.tetragon.bpf.RingRecord;
import io.tetragon.core.internal.abi.MsgCommon;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The thread that empties the ring buffer. Everything that decodes, enriches and publishes runs on it.
 *
 * <p>Waiting: while records keep coming the thread naps and looks again, for a wake-up by each record would cost more than
 * making it; the longer the bursts, the shorter the naps. When none came for a while it tells the programs, through the
 * control map, that it wants to be woken, looks at the ring once more and blocks in poll. Programs read the word again
 * behind their record, so one of both sees the other ({@code ring.h}).
 */
public final class RingReader implements AutoCloseable {
    /** Records have one byte of opcode. */
    public static final int OPCODES = 256;

    private static final Log LOG = Log.of(RingReader.class);
    private static final VarHandle INT =
            MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** Holds the place of a decoder that failed until its sensor is detached, so that nobody else takes the opcode. */
    private static final RecordDecoder FAILED = record -> {};

    private static final int BURST = 8192;
    private static final int LONG_BURST = 256;
    private static final long SHORT_NAP = TimeUnit.MICROSECONDS.toNanos(500);
    private static final long NAP = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long BUSY = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int POLL_MILLIS = 1000;

    private record Timer(Object owner, long periodNanos, Runnable task, long[] due) {}

    private final RingBuffer ring;
    private final ByteBuffer control;
    private final EventHub hub;
    private final BiConsumer<Integer, Throwable> onDefect;
    private final Thread thread;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final List<Timer> timers = new ArrayList<>();
    private volatile @Nullable RecordDecoder[] decoders = new RecordDecoder[OPCODES];
    private volatile boolean stopping;
    /** What the control word says. Reader's thread only. */
    private boolean waiting;

    private final AtomicLongArray consumed = new AtomicLongArray(OPCODES);
    private volatile long unknown;
    private volatile long malformed;

    /**
     * @param control the mapped control map
     * @param onDefect told, on this thread, that the decoder of an opcode threw what it should not
     */
    public RingReader(RingBuffer ring, ByteBuffer control, EventHub hub,
            BiConsumer<Integer, Throwable> onDefect) {
        this.ring = ring;
        this.control = control;
        this.hub = hub;
        this.onDefect = onDefect;
        thread = new Thread(this::run, "ring-reader");
        thread.setDaemon(true);
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    /**
     * Sets the decoder of an opcode, from the next record on. For any thread.
     *
     * @return false if the opcode has one already
     */
    public synchronized boolean register(int opcode, RecordDecoder decoder) {
        if (decoders[opcode] != null) {
            return false;
        }
        change(opcode, decoder);
        return true;
    }

    /** Removes the decoder of an opcode. For any thread. */
    public void unregister(int opcode) {
        change(opcode, null);
    }

    private synchronized void change(int opcode, @Nullable RecordDecoder decoder) {
        RecordDecoder[] changed = decoders.clone();
        changed[opcode] = decoder;
        decoders = changed;
    }

    /** Runs a task on the reader's thread between two bursts. For any thread. */
    public void execute(Runnable task) {
        tasks.add(task);
        wakeUp();
    }

    /** Runs a task on the reader's thread in intervals, until the owner's timers are cancelled. For any thread. */
    public void every(Object owner, long periodNanos, Runnable task) {
        Timer timer = new Timer(owner, periodNanos, task, new long[] {System.nanoTime() + periodNanos});
        execute(() -> timers.add(timer));
    }

    /** Cancels the timers of an owner. For any thread. */
    public void cancel(Object owner) {
        execute(() -> timers.removeIf(t -> t.owner() == owner));
    }

    /**
     * Waits until every record that is in the ring at this moment was decoded, and every task queued before this call has
     * run. For any thread but the reader's own.
     *
     * @return false if that took longer than the time given
     */
    public boolean awaitDrained(long nanos) {
        long until = System.nanoTime() + nanos;
        long position = ring.producerPosition();
        boolean[] ran = new boolean[1];
        execute(() -> {
            synchronized (ran) {
                ran[0] = true;
            }
        });
        while (true) {
            synchronized (ran) {
                if (ran[0] && ring.consumerPosition() - position >= 0 || !thread.isAlive()) {
                    return true;
                }
            }
            if (System.nanoTime() - until > 0) {
                return false;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }

    /** Returns the number of records taken out of the ring. */
    public long consumed() {
        long sum = 0;
        for (int i = 0; i < OPCODES; i++) {
            sum += consumed.get(i);
        }
        return sum;
    }

    /** Returns how many of the consumed records had no decoder. */
    public long unknown() {
        return unknown;
    }

    /** Returns how many of the consumed records were shorter than they should be. */
    public long malformed() {
        return malformed;
    }

    /** Decodes what is in the ring and ends the thread. */
    @Override
    public void close() {
        stopping = true;
        wakeUp();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends a nap as well as a poll. */
    private void wakeUp() {
        LockSupport.unpark(thread);
        ring.wakeUp();
    }

    private void run() {
        long lastRecord = System.nanoTime();
        while (true) {
            boolean last = stopping;
            runTasks();
            int drained = ring.drain(this::record, BURST);
            long now = System.nanoTime();
            runTimers(now);
            hub.wake();
            if (drained > 0) {
                lastRecord = now;
                if (drained == BURST) {
                    continue;
                }
            }
            if (last) {
                // Programs that outlive the agent are to wake nobody.
                wantWakeUps(false);
                break;
            }
            if (now - lastRecord < BUSY) {
                wantWakeUps(false);
                LockSupport.parkNanos(drained > LONG_BURST ? SHORT_NAP : NAP);
            } else {
                wantWakeUps(true);
                sleepUntilRecord(now);
            }
        }
    }

    private void record(RingRecord record) {
        int opcode = record.length() < MsgCommon.SIZE ? 0 : record.getByte(MsgCommon.OP) & 0xFF;
        consumed.lazySet(opcode, consumed.getPlain(opcode) + 1);
        RecordDecoder decoder = decoders[opcode];
        if (decoder == null || decoder == FAILED) {
            unknown = unknown + 1;
            return;
        }
        try {
            decoder.decode(record);
        } catch (MalformedRecordException e) {
            malformed = malformed + 1;
        } catch (Throwable e) {
            // Whatever it is, such as a class that a bundle lacks: the sensor ends, not the reader.
            change(opcode, FAILED);
            onDefect.accept(opcode, e);
        }
    }

    private void wantWakeUps(boolean wanted) {
        if (waiting != wanted) {
            waiting = wanted;
            INT.setVolatile(control, 0, wanted ? 1 : 0);
            VarHandle.fullFence();
        }
    }

    /** A record, a task or the next timer ends it. */
    private void sleepUntilRecord(long now) {
        if (ring.producerPosition() != ring.consumerPosition()) {
            // The next record is reserved but not written yet, and poll would not wait for that.
            LockSupport.parkNanos(SHORT_NAP);
        } else if (!stopping && tasks.isEmpty()) {
            ring.poll(millisToTimer(now));
        }
    }

    private int millisToTimer(long now) {
        long nearest = TimeUnit.MILLISECONDS.toNanos(POLL_MILLIS);
        for (int i = 0; i < timers.size(); i++) {
            nearest = Math.min(nearest, timers.get(i).due()[0] - now);
        }
        return (int) TimeUnit.NANOSECONDS.toMillis(Math.max(0, nearest)) + 1;
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            guarded(task);
        }
    }

    private void runTimers(long now) {
        for (int i = 0; i < timers.size(); i++) {
            Timer timer = timers.get(i);
            if (timer.due()[0] - now <= 0) {
                timer.due()[0] = now + timer.periodNanos();
                guarded(timer.task());
            }
        }
    }

    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.defect(e, "task on the reader's thread failed", "reason", e.toString());
        }
    }
}
