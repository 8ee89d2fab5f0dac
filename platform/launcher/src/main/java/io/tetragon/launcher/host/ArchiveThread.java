// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import java.util.concurrent.TimeUnit;

/** Makes the class-data archive, if there is none, once the agent has been running for a while. */
public final class ArchiveThread implements AutoCloseable {
    /** By then the start is over, and the first events have brought the classes of their way. */
    private static final int DELAY_SECONDS = 3;

    private final Thread thread;

    private ArchiveThread(Thread thread) {
        this.thread = thread;
    }

    /** Starts the thread. */
    public static ArchiveThread start() {
        Thread thread = new Thread(ArchiveThread::run, "class-data-archive");
        thread.setDaemon(true);
        thread.start();
        return new ArchiveThread(thread);
    }

    private static void run() {
        try {
            TimeUnit.SECONDS.sleep(DELAY_SECONDS);
            ClassDataArchive archive = ClassDataArchive.missing();
            if (archive != null) {
                archive.make();
            }
        } catch (InterruptedException e) {
            // The agent ends; a half-made archive was deleted.
            Thread.currentThread().interrupt();
        }
    }

    /** Gives up, together with the child process; returns when both are gone, or after a quarter of a second. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(250);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
