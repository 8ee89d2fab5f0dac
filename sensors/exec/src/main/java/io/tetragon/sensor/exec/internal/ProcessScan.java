// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Utf8;
import io.tetragon.api.log.Log;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.ProcessDescription;
import io.tetragon.api.process.ProcessFlags;
import io.tetragon.api.process.ProcessTable;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.sensor.exec.internal.abi.ProcessValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes the processes known that ran before the sensor did. The programs are attached already, so a process may end or
 * execute something while it is read; the order of the steps settles who is right:
 *
 * <ol>
 *   <li>everything is read from procfs;
 *   <li>it goes into the process cache, so that no record can refer to something unknown;
 *   <li>it goes into the kernel's map, except where a program has put something newer;
 *   <li>those that a program knows better leave the cache, the others are reported, and what waited for them as well.
 * </ol>
 */
final class ProcessScan {
    private static final Log LOG = Log.of(ProcessScan.class);
    private static final int EEXIST = 17;
    private static final long KERNEL_KTIME = 1;
    private static final String DELETED = " (deleted)";
    private static final long READER_SECONDS = 10;

    /** Bytes of the arguments of one process, and likewise of its environment. */
    private static final int TEXT_MAX = 256 << 10;
    /** The same where all processes together have more than {@link #TEXT_ROOM}. */
    private static final int TEXT_LEAST = 1 << 10;
    private static final int TEXT_ROOM = 4 << 20;

    private final SensorContext context;
    private final BpfMap map;
    private final Path procfs;
    private final boolean withEnvironment;
    private int room = TEXT_ROOM;

    /** @param map the kernel's map of processes */
    ProcessScan(SensorContext context, BpfMap map) {
        this.context = context;
        this.map = map;
        procfs = Path.of(context.settings().string("procfs"));
        withEnvironment = context.settings().bool("enable-process-environment-variables");
    }

    void run() throws TetragonException {
        List<ProcessDescription> found = read();
        ProcessTable processes = context.processes();
        onReader(() -> found.forEach(processes::executed));
        Map<Integer, ProcessDescription> byPid = new HashMap<>();
        found.forEach(process -> byPid.put(process.pid, process));
        Set<ProcessDescription> outdated = new HashSet<>();
        for (ProcessDescription process : found) {
            if (!enter(process, byPid.get(process.parentPid))) {
                outdated.add(process);
            }
        }
        onReader(() -> {
            for (ProcessDescription process : found) {
                if (outdated.contains(process)) {
                    processes.exited(process.pid, process.ktime);
                } else {
                    context.publish(new ProcessExecEvent(context.node(), process.startTimeNanos, process.pid,
                            process.ktime, null));
                }
            }
            context.retryParked();
        });
        LOG.debug("processes read", "sensor", ExecSensor.NAME, "count", found.size(), "outdated", outdated.size());
    }

    private void onReader(Runnable task) throws TetragonException {
        CountDownLatch done = new CountDownLatch(1);
        context.onReader(() -> {
            try {
                task.run();
            } finally {
                done.countDown();
            }
        });
        try {
            if (done.await(READER_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new TetragonException(TetragonException.Kind.INTERNAL, "read running processes",
                "the ring reader does not answer", "restart the agent");
    }

    /** Reads every process, parents before their children. */
    private List<ProcessDescription> read() throws TetragonException {
        Map<Integer, ProcFs.Stat> stats = new HashMap<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(procfs, "[1-9]*")) {
            for (Path folder : folders) {
                new ProcFs(folder).stat().ifPresent(stat -> {
                    try {
                        stats.put(Integer.parseInt(folder.getFileName().toString()), stat);
                    } catch (NumberFormatException e) {
                        LOG.debug("not a process", "folder", folder);
                    }
                });
            }
        } catch (IOException e) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "read running processes",
                    "cannot list " + procfs + ": " + e.getMessage(), "mount procfs, or name its place by --procfs", e);
        }
        List<Map.Entry<Integer, ProcFs.Stat>> ordered = new ArrayList<>(stats.entrySet());
        ordered.sort(Comparator.comparingLong((Map.Entry<Integer, ProcFs.Stat> e) -> e.getValue().startNanos())
                .thenComparingInt(Map.Entry::getKey));
        List<ProcessDescription> found = new ArrayList<>(ordered.size());
        Set<Integer> initTree = new HashSet<>();
        for (Map.Entry<Integer, ProcFs.Stat> entry : ordered) {
            found.add(describe(entry.getKey(), entry.getValue(), stats, initTree));
        }
        return found;
    }

    private ProcessDescription describe(int pid, ProcFs.Stat stat, Map<Integer, ProcFs.Stat> stats,
            Set<Integer> initTree) {
        ProcFs proc = new ProcFs(procfs.resolve(Integer.toString(pid)));
        ProcFs.Status status = proc.status();
        ProcessDescription d = new ProcessDescription();
        d.pid = pid;
        d.nsPid = status.nsPid();
        d.ktime = stat.startNanos();
        d.startTimeNanos = context.clock().boottimeToEpoch(stat.startNanos());
        d.flags = ProcessFlags.PROCFS;
        ProcFs.Stat parent = stats.get(stat.parentPid());
        d.parentPid = parent == null ? 0 : stat.parentPid();
        d.parentKtime = parent == null ? KERNEL_KTIME : parent.startNanos();
        if (status.inPidNamespace() && status.nsPid() == 1 || initTree.contains(stat.parentPid())) {
            initTree.add(pid);
            d.flags |= ProcessFlags.IN_INIT_TREE;
        }
        d.credentials = status.credentials();
        d.auid = proc.auid();
        d.namespaces = proc.namespaces();
        if (stat.kernelThread()) {
            d.binary = ('[' + stat.comm() + ']').getBytes(StandardCharsets.UTF_8);
            d.flags |= ProcessFlags.NO_CWD;
            return d;
        }
        byte[] cmdline = text(proc, "cmdline", d, ProcessFlags.TRUNC_ARGS);
        String exe = proc.link("exe");
        d.binary = exe.isEmpty() ? ArgumentsText.program(cmdline) : utf8(undeleted(exe));
        d.arguments = ArgumentsText.of(cmdline, 0, cmdline.length);
        String cwd = proc.link("cwd");
        d.cwd = utf8(undeleted(cwd));
        d.flags |= cwd.isEmpty() ? ProcessFlags.NO_CWD : cwd.equals("/") ? ProcessFlags.ROOT_CWD : 0;
        d.docker = ContainerIds.ofProcess(proc.folder());
        if (withEnvironment) {
            d.environment = EnvironmentArea.variables(
                    text(proc, "environ", d, ProcessFlags.ERROR_ENVS), context.settings());
        }
        return d;
    }

    /** Returns a text of the process's own making, cut and marked by a flag where it takes too much memory. */
    private byte[] text(ProcFs proc, String file, ProcessDescription d, int flagOfCut) {
        int limit = room > 0 ? TEXT_MAX : TEXT_LEAST;
        byte[] text = proc.bytes(file, limit + 1);
        room -= text.length;
        if (text.length <= limit) {
            return text;
        }
        d.flags |= flagOfCut;
        context.countLoss("texts_cut_in_scan", 1);
        return Arrays.copyOf(text, limit);
    }

    /**
     * Enters a process into the kernel's map. One that ended meanwhile, behind its program's back because it was not in the
     * map yet, is taken out again.
     *
     * @return false if a program knows the process better, or if it is gone
     */
    private boolean enter(ProcessDescription process, @Nullable ProcessDescription parent) {
        byte[] key = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(process.pid).array();
        try {
            map.update(key, value(process, parent), BpfMap.NO_EXIST);
        } catch (BpfException e) {
            if (e.errno() != EEXIST) {
                context.countLoss("process_map_full", 1);
                LOG.debug("process not entered", "pid", process.pid, "reason", e.getMessage());
            }
            return false;
        }
        ProcFs proc = new ProcFs(procfs.resolve(Integer.toString(process.pid)));
        if (proc.stat().filter(now -> now.startNanos() == process.ktime).isPresent()) {
            return true;
        }
        map.delete(key);
        return false;
    }

    private static byte[] value(ProcessDescription p, @Nullable ProcessDescription parent) {
        ByteBuffer v = ByteBuffer.allocate(ProcessValue.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        v.putInt(ProcessValue.KEY_PID, p.pid).putLong(ProcessValue.KEY_KTIME, p.ktime);
        v.putInt(ProcessValue.PARENT_PID, p.parentPid).putLong(ProcessValue.PARENT_KTIME, p.parentKtime);
        v.putLong(ProcessValue.START, p.ktime);
        v.putInt(ProcessValue.CREATOR_PID, p.parentPid).putLong(ProcessValue.CREATOR_KTIME, p.parentKtime);
        v.putInt(ProcessValue.FLAGS, p.flags & (ProcessFlags.PROCFS | ProcessFlags.IN_INIT_TREE));
        v.putInt(ProcessValue.NSPID, p.nsPid);
        Namespaces ns = p.namespaces;
        if (ns != null) {
            v.putInt(ProcessValue.NS_UTS_INUM, ns.uts()).putInt(ProcessValue.NS_IPC_INUM, ns.ipc());
            v.putInt(ProcessValue.NS_MNT_INUM, ns.mnt()).putInt(ProcessValue.NS_PID_INUM, ns.pid());
            v.putInt(ProcessValue.NS_PID_CHILD_INUM, ns.pidForChildren()).putInt(ProcessValue.NS_NET_INUM, ns.net());
            v.putInt(ProcessValue.NS_TIME_INUM, ns.time());
            v.putInt(ProcessValue.NS_TIME_CHILD_INUM, ns.timeForChildren());
            v.putInt(ProcessValue.NS_CGROUP_INUM, ns.cgroup()).putInt(ProcessValue.NS_USER_INUM, ns.user());
        }
        v.putLong(ProcessValue.CAPS_PERMITTED, p.credentials.permitted());
        v.putLong(ProcessValue.CAPS_EFFECTIVE, p.credentials.effective());
        v.putLong(ProcessValue.CAPS_INHERITABLE, p.credentials.inheritable());
        putPath(v, ProcessValue.BINARY_LENGTH, p.binary);
        if (parent != null) {
            putPath(v, ProcessValue.PARENT_BINARY_LENGTH, parent.binary);
        }
        return v.array();
    }

    /** Puts a path where {@code length} is; a NUL ends it if it is whole. */
    private static void putPath(ByteBuffer v, int length, byte[] path) {
        int kept = Math.min(path.length, ProcessValue.BINARY_KEY_TEXT_SIZE);
        int withNul = Math.min(path.length + 1, ProcessValue.BINARY_KEY_TEXT_SIZE);
        v.putInt(length, path.length);
        v.putInt(length + ProcessValue.BINARY_KEY_BITS - ProcessValue.BINARY_LENGTH, withNul * Byte.SIZE);
        v.put(length + ProcessValue.BINARY_KEY_TEXT - ProcessValue.BINARY_LENGTH, path, 0, kept);
    }

    private static String undeleted(String path) {
        return path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
    }

    /** The JDK decodes file names by the locale and keeps what it cannot; re-encoding replaces that. */
    private static byte[] utf8(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return Utf8.valid(bytes, 0, bytes.length);
    }
}
