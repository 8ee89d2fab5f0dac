// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.api.log.Log;
import io.tetragon.api.process.Process;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.hooks.internal.symbol.KernelSymbols;
import io.tetragon.hooks.internal.symbol.StackFrame;
import io.tetragon.hooks.internal.symbol.UserSymbols;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives the stacks of events their names before they are published. The kernel's table is searched when an event is
 * written; to read it, and for whatever concerns processes, an event is handed to a thread of its own, because files may be
 * slow, and comes back to the reader's thread to be published. Who holds a file back (a process can, with a file system of
 * its own) delays nobody: an event that waited for {@link #MAX_WAIT} sweeps goes out as it is, and as long as the thread
 * hangs others do not wait at all.
 *
 * <p>On the reader's thread, but for the work itself.
 */
final class StackResolver {
    private static final Log LOG = Log.of(StackResolver.class);
    /** With any abandoned nothing is added, so the worker's queue never has more than this. */
    private static final int MAX_WAITING = 256;
    private static final int MAX_WAIT = 5;
    private static final long IDLE_SECONDS = 10;

    private final SensorContext context;
    private final Path procfs;
    private final ThreadPoolExecutor worker;
    /** Of hooks that sent stacks. */
    private final Set<Integer> hooks = new HashSet<>();
    /** In the order in which they came. */
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    /** Set by the worker, forgotten by the reader. */
    private volatile @Nullable KernelSymbols kernel;
    private volatile UserSymbols userSymbols;
    private volatile boolean warned;
    /** Events that went out without names while the worker was at theirs, or at those before them. */
    private int abandoned;
    private int now;

    private static final class Waiting {
        final GenericEvent event;
        final int since;
        boolean published;
        /** Written by the worker before it hands the event back. */
        @Nullable KernelSymbols kernel;
        StackFrame @Nullable [] user;

        Waiting(GenericEvent event, int since) {
            this.event = event;
            this.since = since;
        }
    }

    StackResolver(SensorContext context) {
        this.context = context;
        procfs = Path.of(context.settings().string("procfs"));
        userSymbols = new UserSymbols(procfs);
        worker = new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING),
                task -> {
                    Thread thread = new Thread(task, "tetragon-symbols");
                    thread.setDaemon(true);
                    // Not that of whichever bundle the first task came from.
                    thread.setContextClassLoader(StackResolver.class.getClassLoader());
                    return thread;
                }, new ThreadPoolExecutor.AbortPolicy());
        worker.allowCoreThreadTimeOut(true);
    }

    /** Publishes an event that has a stack, now or when its names are known. */
    void publish(GenericEvent event) {
        hooks.add(event.hook.number);
        KernelSymbols known = kernel;
        if (event.userStack().length == 0 && known != null) {
            event.resolved(known, null);
            context.publish(event);
        } else if (abandoned > 0 || waiting.size() == MAX_WAITING) {
            giveUp(event);
        } else {
            Waiting one = new Waiting(event, now);
            waiting.add(one);
            worker.execute(() -> resolve(one));
        }
    }

    /** Makes time pass, and publishes what waited for too long. */
    void sweep() {
        now++;
        for (Waiting first = waiting.peek(); first != null && now - first.since > MAX_WAIT; first = waiting.peek()) {
            waiting.remove();
            first.published = true;
            abandoned++;
            giveUp(first.event);
        }
    }

    /** Forgets the names when the last hook that sent stacks is gone. */
    void forget(int hook) {
        if (hooks.remove(hook) && hooks.isEmpty()) {
            kernel = null;
            userSymbols = new UserSymbols(procfs);
        }
    }

    private void giveUp(GenericEvent event) {
        context.countLoss("stack_names", 1);
        event.resolved(kernel, null);
        context.publish(event);
    }

    private void resolve(Waiting one) {
        if (one.event.kernelStack().length != 0) {
            one.kernel = kernelSymbols();
        }
        long[] user = one.event.userStack();
        if (user.length != 0) {
            one.user = userSymbols.frames(one.event.pid(), user);
        }
        context.onReader(() -> publish(one));
    }

    private void publish(Waiting one) {
        if (hooks.isEmpty()) {
            kernel = null;
        }
        if (one.published) {
            abandoned--;
            return;
        }
        one.published = true;
        waiting.remove(one);
        // Behind another exec the process has other mappings than the stack was taken with.
        Process newest = context.processes().newest(one.event.pid());
        boolean same = newest == null || newest.ktime() == one.event.ktime();
        one.event.resolved(one.kernel, same ? one.user : null);
        context.publish(one.event);
    }

    private @Nullable KernelSymbols kernelSymbols() {
        KernelSymbols known = kernel;
        if (known != null) {
            return known;
        }
        try {
            known = KernelSymbols.read(procfs.resolve("kallsyms"));
            if (known.isEmpty()) {
                warn("the kernel hides its addresses", "set the sysctl kernel.kptr_restrict to 0 or 1");
            }
        } catch (IOException e) {
            warn(e.toString(), "check " + procfs.resolve("kallsyms"));
            return null;
        }
        kernel = known;
        return known;
    }

    private void warn(String reason, String remedy) {
        if (!warned) {
            warned = true;
            LOG.warn("kernel stack traces have no names", "reason", reason, "remedy", remedy);
        }
    }
}
