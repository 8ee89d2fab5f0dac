// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.api.process.Process;
import io.tetragon.api.sensor.SensorContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Publishes mappings with the build ids of their files. An id is read once and known from then on: a process that lives for
 * a millisecond is not there any more when somebody looks, but most such processes load what others have loaded before.
 * The events of a file's first mapping wait for the id.
 *
 * <p>A file is reported once for a process, whatever that executes and however often it maps the file. On the reader's
 * thread only.
 */
final class MappingReporter {
    private static final int KNOWN_MAX = 4096;
    private static final int SEEN_MAX = 8192;
    private static final int WAITING_MAX = 4096;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** A container's own processes see its files; the nearest ancestors are likely to be some. */
    private static final int ANCESTORS = 3;
    private static final byte[] NONE = {};

    /** Mappings whose file is being looked for, and who does that. */
    private record Waiting(long since, List<Mapping> mappings, Runnable search) {}

    /** A process that has loaded a file. */
    private record Seen(int pid, long startTicks, FileVersion file) {}

    private final SensorContext context;
    private final FileWorker worker;
    private final BuildIdSearch search;
    private final Map<FileVersion, byte[]> known = new Latest<>(KNOWN_MAX);
    private final Map<Seen, Boolean> seen = new Latest<>(SEEN_MAX);
    private final Map<FileVersion, Waiting> waiting = new LinkedHashMap<>();
    private int waitingMappings;

    MappingReporter(SensorContext context, FileWorker worker, BuildIdSearch search) {
        this.context = context;
        this.worker = worker;
        this.search = search;
    }

    /** Publishes a mapping, as soon as the build id is known. */
    void report(Mapping mapping) {
        if (isSeen(mapping)) {
            return;
        }
        byte[] buildId = known.get(mapping.file());
        if (buildId != null) {
            publish(mapping, buildId);
            return;
        }
        Waiting others = waiting.get(mapping.file());
        if (waitingMappings >= WAITING_MAX) {
            publishWithout(mapping);
            return;
        }
        waitingMappings++;
        if (others != null) {
            others.mappings().add(mapping);
            return;
        }
        List<Mapping> mappings = new ArrayList<>(2);
        mappings.add(mapping);
        int[] processes = processes(mapping);
        Runnable task = () -> {
            byte[] found = search.find(mapping, processes);
            context.onReader(() -> answered(mapping.file(), found));
        };
        waiting.put(mapping.file(), new Waiting(System.nanoTime(), mappings, task));
        worker.submit(task);
    }

    /** Publishes a mapping whose build id somebody else has read. */
    void report(Mapping mapping, byte[] buildId) {
        learned(mapping.file(), buildId);
        if (!isSeen(mapping)) {
            publish(mapping, buildId);
        }
    }

    /** Takes a build id that somebody else has read. */
    void learned(FileVersion file, byte[] buildId) {
        Waiting waited = waiting.get(file);
        if (waited != null) {
            worker.withdraw(waited.search());
        }
        answered(file, buildId);
    }

    /** Publishes what has waited too long as it is; to be called now and then. */
    void publishOld() {
        publishWaitingSince(System.nanoTime() - PATIENCE_NANOS);
    }

    /** Publishes everything that waits as it is. */
    void publishAll() {
        publishWaitingSince(System.nanoTime());
    }

    private void publishWaitingSince(long time) {
        Iterator<Waiting> oldest = waiting.values().iterator();
        while (oldest.hasNext()) {
            Waiting next = oldest.next();
            if (next.since() - time > 0) {
                return;
            }
            oldest.remove();
            // A worker that is late must not fall behind further, nor hold more than what waits.
            worker.withdraw(next.search());
            waitingMappings -= next.mappings().size();
            next.mappings().forEach(this::publishWithout);
        }
    }

    private void answered(FileVersion file, byte @Nullable [] found) {
        if (found != null) {
            known.put(file, found);
        }
        Waiting waited = waiting.remove(file);
        if (waited == null) {
            return;
        }
        waitingMappings -= waited.mappings().size();
        for (Mapping mapping : waited.mappings()) {
            if (found == null) {
                publishWithout(mapping);
            } else {
                publish(mapping, found);
            }
        }
    }

    private void publishWithout(Mapping mapping) {
        context.countLoss("build_id_unread", 1);
        publish(mapping, NONE);
    }

    private void publish(Mapping mapping, byte[] buildId) {
        context.publish(new ProcessLoaderEvent(context.node(), mapping, buildId));
    }

    private boolean isSeen(Mapping mapping) {
        return seen.put(new Seen(mapping.pid(), mapping.startTicks(), mapping.file()), Boolean.TRUE) != null;
    }

    private int[] processes(Mapping mapping) {
        int[] pids = new int[1 + ANCESTORS];
        int count = 0;
        pids[count++] = mapping.pid();
        @Nullable Process next = context.processes().find(mapping.pid(), mapping.ktime());
        while (next != null && next.parentPid() != 0 && count < pids.length) {
            pids[count++] = next.parentPid();
            next = context.processes().find(next.parentPid(), next.parentKtime());
        }
        return Arrays.copyOf(pids, count);
    }
}
