// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.api.process.Process;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.FoundFile;
import io.tetragon.sensor.loader.internal.Mapping.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Looks at what the running processes have loaded before there was a policy that asked: their libraries are those that
 * later processes load, too, and are known from then on. Where the policy wishes, they are reported. One process
 * is one task, for a task may get stuck.
 */
final class LoaderScan {
    private static final Log LOG = Log.of(LoaderScan.class);
    private static final int BUILD_IDS_MAX = 4096;
    /** Of what one process has loaded: many times what real ones have, and little enough to be held at once. */
    private static final int PATH_CHARS_MAX = 1 << 20;

    /** A file by its name. */
    private record Named(long inode, String path) {}

    /** What was found of one file. */
    private record Found(MapsFile.Line line, FileVersion file, byte[] buildId) {}

    private final SensorContext context;
    private final MappingReporter reporter;
    private final FileWorker worker;
    private final Path procfs;
    private final boolean reports;
    private final Queue<Integer> processes = new ConcurrentLinkedQueue<>();
    /** Libraries are in nearly every process. */
    private final Map<FileVersion, byte[]> buildIds = Collections.synchronizedMap(new Latest<>(BUILD_IDS_MAX));
    private volatile boolean cancelled;

    /** @param reports whether what is found is reported */
    LoaderScan(SensorContext context, MappingReporter reporter, FileWorker worker, Path procfs, boolean reports) {
        this.context = context;
        this.reporter = reporter;
        this.worker = worker;
        this.procfs = procfs;
        this.reports = reports;
    }

    /** Begins, and returns at once. */
    void start() throws TetragonException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(procfs, "[1-9]*")) {
            for (Path folder : folders) {
                try {
                    processes.add(Integer.parseInt(folder.getFileName().toString()));
                } catch (NumberFormatException e) {
                    LOG.debug("not a process", "folder", folder);
                }
            }
        } catch (IOException e) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "find what is loaded already",
                    "cannot list " + procfs + ": " + e.getMessage(), "mount procfs, or name its place by --procfs", e);
        }
        worker.submit(this::step);
    }

    /** Ends with the process that is being looked at. For any thread. */
    void cancel() {
        cancelled = true;
    }

    private void step() {
        Integer pid = processes.poll();
        if (pid == null || cancelled) {
            return;
        }
        // Before the work: if that gets stuck, another thread goes on with the next process.
        worker.submit(this::step);
        Path process = procfs.resolve(pid.toString());
        List<Found> found = read(process);
        if (!found.isEmpty()) {
            long start = startTicks(process);
            context.onReader(() -> report(pid, start, found));
        }
    }

    /** The 22nd field; the name before it is in brackets and may hold anything. Of a process that ended it is nobody's. */
    private static long startTicks(Path process) {
        try {
            String stat = new String(Files.readAllBytes(process.resolve("stat")), StandardCharsets.ISO_8859_1);
            return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19]);
        } catch (IOException | RuntimeException e) {
            LOG.debug("process not read", "process", process, "reason", e.toString());
            return -1;
        }
    }

    private List<Found> read(Path process) {
        List<Found> found = new ArrayList<>();
        Set<Named> seen = new HashSet<>();
        int[] room = {PATH_CHARS_MAX};
        try {
            MapsFile.executable(process, line -> {
                if (seen.add(new Named(line.inode(), line.path()))) {
                    room[0] -= line.path().length();
                    if (room[0] < 0) {
                        context.countLoss("scan_incomplete", 1);
                        return false;
                    }
                    read(process, line, found);
                }
                return !cancelled;
            });
        } catch (IOException e) {
            // It ended.
            LOG.debug("process not read", "process", process, "reason", e.getMessage());
        }
        return found;
    }

    private void read(Path process, MapsFile.Line line, List<Found> found) {
        try (FoundFile file = BuildIdSearch.at(process, line)) {
            FileVersion version = FileVersion.of(file.path()).asMapped(line);
            byte[] buildId = buildIds.get(version);
            if (buildId == null) {
                buildId = BuildIdSearch.read(file);
                buildIds.put(version, buildId);
            }
            found.add(new Found(line, version, buildId));
        } catch (IOException e) {
            // No regular file, or not mapped any more.
            LOG.debug("mapping not read", "process", process, "range", line.range(), "reason", e.getMessage());
        }
    }

    private void report(int pid, long start, List<Found> found) {
        if (!reports) {
            found.forEach(one -> reporter.learned(one.file(), one.buildId()));
            return;
        }
        Process process = context.processes().newest(pid);
        Instant now = Instant.now();
        long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        for (Found one : found) {
            reporter.report(new Mapping(nanos, pid, process == null ? 0 : process.ktime(), start, pid,
                    one.line().pathBytes(),
                    one.line().deleted() ? Place.NOWHERE : Place.FILE, one.file()), one.buildId());
        }
    }
}
