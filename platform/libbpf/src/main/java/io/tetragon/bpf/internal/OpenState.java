// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import java.util.concurrent.locks.StampedLock;

/**
 * Whether a native resource is still there. Users enter and leave; closing waits for those inside, once, and nobody
 * enters afterwards, so that no call ever reaches a freed pointer or a file descriptor that is somebody else's by now.
 */
public final class OpenState {
    private final StampedLock lock = new StampedLock();
    private final String name;
    private volatile boolean closed;
    private boolean released;

    /** @param name of the resource, for messages */
    public OpenState(String name) {
        this.name = name;
    }

    /**
     * Enters. Entering again from within is not allowed while another thread may close.
     *
     * @return the stamp for {@link #leave}
     * @throws IllegalStateException when the resource is closed
     */
    public long enter() {
        long stamp = tryEnter();
        if (stamp == 0) {
            throw new IllegalStateException(name + " is closed");
        }
        return stamp;
    }

    /** Enters like {@link #enter}. @return 0 when the resource is closed */
    public long tryEnter() {
        long stamp = lock.readLock();
        if (closed) {
            lock.unlockRead(stamp);
            return 0;
        }
        return stamp;
    }

    /** Leaves. */
    public void leave(long stamp) {
        lock.unlockRead(stamp);
    }

    /** @return whether {@link #close} has been called */
    public boolean isClosed() {
        return closed;
    }

    /** Closes; runs {@code release} the first time only, when everybody has left. */
    public void close(Runnable release) {
        close(() -> { }, release);
    }

    /**
     * Closes like {@link #close(Runnable)}, when somebody may be inside for long.
     *
     * @param interrupt makes those inside leave; runs when nobody can enter any more. Concurrent calls must be kept
     *                  out by the caller, or it may run after the release
     */
    public void close(Runnable interrupt, Runnable release) {
        closed = true;
        interrupt.run();
        long stamp = lock.writeLock();
        try {
            if (!released) {
                released = true;
                release.run();
            }
        } finally {
            lock.unlockWrite(stamp);
        }
    }
}
