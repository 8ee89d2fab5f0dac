// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.api.log.Log;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A thread that looks at files of strangers, one task behind the other. A file system that is a stranger's program may never
 * answer: a thread that got stuck is left alone and another one goes on with the next task. When too many are stuck, tasks
 * wait until one comes back. Safe for use by any thread.
 */
final class FileWorker implements AutoCloseable {
    private static final Log LOG = Log.of(FileWorker.class);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int STUCK_MAX = 3;

    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private @Nullable Runner current;
    private int stuck;
    private boolean closed;

    /** Runs a task when those before it are done; a closed worker drops it. The caller bounds what is waiting. */
    void submit(Runnable task) {
        tasks.add(task);
        begin();
    }

    /** Forgets a task that did not begin yet and is not wanted any more. */
    void withdraw(Runnable task) {
        tasks.remove(task);
    }

    private synchronized void begin() {
        if (!closed && current == null && stuck < STUCK_MAX) {
            current = new Runner();
            current.start();
        }
    }

    /**
     * Looks whether the thread is stuck; to be called now and then.
     *
     * @return whether a task was given up
     */
    boolean check() {
        return check(System.nanoTime() - PATIENCE_NANOS);
    }

    /** As {@link #check()}: stuck is what began before this time. */
    synchronized boolean check(long before) {
        Runner runner = current;
        if (runner == null || !runner.beganBefore(before)) {
            return false;
        }
        stuck++;
        current = null;
        LOG.warn("a file system does not answer", "sensor", LoaderSensor.NAME, "threads", stuck);
        begin();
        return true;
    }

    private synchronized boolean isCurrent(Runner runner) {
        return !closed && current == runner;
    }

    /** Ends a thread; one that was stuck makes room for another. */
    private synchronized void ended(Runner runner) {
        if (current == runner) {
            current = null;
        } else {
            stuck--;
            begin();
        }
    }

    /** Ends when the present task is done; those behind it are dropped. */
    @Override
    public synchronized void close() {
        closed = true;
        tasks.clear();
        if (current != null) {
            current.interrupt();
        }
    }

    private final class Runner extends Thread {
        private volatile boolean busy;
        private volatile long began;

        Runner() {
            super("loader-files");
            setDaemon(true);
        }

        boolean beganBefore(long time) {
            return busy && began - time < 0;
        }

        @Override
        public void run() {
            try {
                while (isCurrent(this)) {
                    Runnable task = tasks.take();
                    began = System.nanoTime();
                    busy = true;
                    run(task);
                    busy = false;
                }
            } catch (InterruptedException e) {
                LOG.debug("interrupted", "thread", getName());
            } finally {
                ended(this);
            }
        }

        private void run(Runnable task) {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.defect(e, "file not looked at", "sensor", LoaderSensor.NAME, "reason", e.toString());
            }
        }
    }
}
