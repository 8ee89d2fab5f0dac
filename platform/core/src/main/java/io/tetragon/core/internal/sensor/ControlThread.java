// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one thread on which sensors and policies change, one change behind the other. A change never waits for a thread that
 * may itself be waiting for this one, such as whoever starts a bundle. Safe for use by any thread.
 */
public final class ControlThread implements AutoCloseable {
    private static final Log LOG = Log.of(ControlThread.class);

    private final ExecutorService executor;
    private volatile @Nullable Thread thread;

    /** Starts nothing before the first change. */
    public ControlThread() {
        executor = Executors.newSingleThreadExecutor(task -> {
            Thread created = new Thread(task, "sensor-control");
            created.setDaemon(true);
            thread = created;
            return created;
        });
    }

    /**
     * Makes a change and returns when it is done; on the control thread itself, at once.
     *
     * @param what what changes, for errors
     * @throws TetragonException what the change throws; INTERNAL for anything unexpected, FAILED_PRECONDITION at the end
     */
    public <T extends @Nullable Object> T change(String what, Callable<T> change) throws TetragonException {
        if (Thread.currentThread() == thread) {
            try {
                return change.call();
            } catch (TetragonException e) {
                throw e;
            } catch (Exception e) {
                throw unexpected(what, e);
            }
        }
        try {
            return executor.submit(change).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TetragonException known) {
                throw known;
            }
            throw unexpected(what, e.getCause());
        } catch (RejectedExecutionException e) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, what, "the agent is shutting down", "");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TetragonException(TetragonException.Kind.INTERNAL, what, "interrupted", "try again");
        }
    }

    /** Makes a change later and does not wait; at the end, when nothing changes any more, it is left out. */
    public void post(Runnable change) {
        try {
            executor.execute(change);
        } catch (RejectedExecutionException e) {
            LOG.debug("change behind the end", "reason", e.getMessage());
        }
    }

    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(1, TimeUnit.SECONDS)) {
                LOG.warn("control thread did not end in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static TetragonException unexpected(String what, @Nullable Throwable cause) {
        return new TetragonException(TetragonException.Kind.INTERNAL, what, String.valueOf(cause),
                "this is a defect; the debug log has more", cause);
    }
}
