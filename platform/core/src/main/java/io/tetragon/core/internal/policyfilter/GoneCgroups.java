// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

/**
 * Forgets the containers whose cgroups are gone. It looks now and then rather than being told: nobody waits for it, because a
 * cgroup that is gone has no process and its number belongs to nobody else for a long time.
 */
final class GoneCgroups implements AutoCloseable {
    private static final long INTERVAL_MILLIS = 2000;

    private final PolicyFilterRegistry registry;
    private final Thread thread = new Thread(this::run, "gone-cgroups");
    private boolean watching;
    private boolean closed;

    GoneCgroups(PolicyFilterRegistry registry) {
        this.registry = registry;
        thread.setDaemon(true);
        thread.start();
    }

    /** There may be something to look at. */
    synchronized void watch() {
        if (!watching) {
            watching = true;
            notifyAll();
        }
    }

    private void run() {
        try {
            while (pause()) {
                for (Container container : registry.containers()) {
                    if (!CgroupTree.exists(container.cgroup())) {
                        registry.forget(container);
                    }
                }
                stopIfNone();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Sleeps while there is no container. Returns false at the end. */
    private synchronized boolean pause() throws InterruptedException {
        while (!watching && !closed) {
            wait();
        }
        if (!closed) {
            wait(INTERVAL_MILLIS);
        }
        return !closed;
    }

    /** What is announced after the look at the containers sets the flag again. */
    private void stopIfNone() {
        synchronized (this) {
            watching = false;
        }
        if (!registry.containers().isEmpty()) {
            watch();
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join(1000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
