// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.action;

import io.tetragon.api.log.Log;
import io.tetragon.policy.model.Action;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Does what events ask the agent for, on few threads of its own that end when there is nothing to do. What does not fit into
 * their queue is not done. Safe for use by any thread.
 */
public final class AgentActions {
    private static final Log LOG = Log.of(AgentActions.class);
    private static final int THREADS = 2;
    private static final int MAX_WAITING = 256;
    private static final long IDLE_SECONDS = 10;
    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final ThreadPoolExecutor workers;
    private final NameLookup names;
    private final AtomicLong nextLog = new AtomicLong(System.nanoTime());
    private @Nullable UrlFetch urls;

    /** Asks the machine's name server. */
    public AgentActions() {
        this("dns:");
    }

    /** @param nameServer {@code dns://host:port} */
    AgentActions(String nameServer) {
        names = new NameLookup(nameServer);
        AtomicLong number = new AtomicLong();
        workers = new ThreadPoolExecutor(THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, "tetragon-action-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    // Not that of whichever bundle the first task came from.
                    thread.setContextClassLoader(AgentActions.class.getClassLoader());
                    return thread;
                });
        workers.allowCoreThreadTimeOut(true);
    }

    /**
     * Has an action done some time later.
     *
     * @param action one of GetUrl and DnsLookup
     * @return false if it will not be done, because too many wait
     */
    public boolean submit(Action action) {
        try {
            workers.execute(() -> run(action));
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    private void run(Action action) {
        try {
            if (action instanceof Action.GetUrl url) {
                urls().run(url.url());
            } else if (action instanceof Action.DnsLookup lookup) {
                names.run(lookup.name());
            }
        } catch (IOException e) {
            failed(action, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A client has threads of its own: there is none before the first URL. */
    private synchronized UrlFetch urls() {
        UrlFetch known = urls;
        if (known == null) {
            known = new UrlFetch();
            urls = known;
        }
        return known;
    }

    private void failed(Action action, IOException cause) {
        long now = System.nanoTime();
        long due = nextLog.get();
        if (LOG.isDebug() && now - due >= 0 && nextLog.compareAndSet(due, now + LOG_NANOS)) {
            LOG.debug("action failed", "action", action, "reason", cause.getMessage());
        }
    }
}
