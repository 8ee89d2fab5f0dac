// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.RingRecord;
import io.tetragon.sensor.exec.internal.abi.ExitFlags;
import io.tetragon.sensor.exec.internal.abi.MsgClone;
import io.tetragon.sensor.exec.internal.abi.MsgExecve;
import io.tetragon.sensor.exec.internal.abi.MsgExit;
import io.tetragon.sensor.exec.internal.abi.MsgOp;
import io.tetragon.sensor.exec.internal.abi.ProcessValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What records refer to while the events of a cgroup are throttled and afterwards: always to something that was told. A shell
 * goes on when it is given a line; between two lines throttling begins or ends.
 */
@Timeout(120)
class ThrottledExecTest {
    private static final long FOREVER = Long.MAX_VALUE / 2;
    private static final Path UNIFIED = Path.of("/sys/fs/cgroup");
    /** Of {@code enum throttle_account} and {@code struct throttle_rate}. */
    private static final int THROTTLE_EXEC = 0;
    private static final int THROTTLE_CLONE = 1;
    private static final int THROTTLE_EXIT = 2;
    private static final int RATE_SIZE = 56;
    private static final int RATE_OVER = 24;
    private static final int RATE_TOLD = 48;
    /** The time of the entry that stands for this JVM in the process map. */
    private static final long TEST = 1000;

    private LoadedExec exec;
    private Process shell;
    private final Set<Integer> pids = new HashSet<>();
    private final Map<String, String> labels = new HashMap<>();
    private int forks;

    @BeforeEach
    void observe() throws IOException {
        String obstacle = LoadedExec.obstacle();
        assumeTrue(obstacle.isEmpty(), obstacle);
        exec = LoadedExec.attach(object -> object.setConstant("throttle_enabled", 1));
        ByteBuffer self = ByteBuffer.allocate(ProcessValue.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        self.putInt(ProcessValue.KEY_PID, test()).putLong(ProcessValue.KEY_KTIME, TEST);
        exec.object().map("process_map").update(pid(test()), self.array(), BpfMap.ANY);
        labels.put(test() + "@" + TEST, "test");
    }

    @AfterEach
    void end() throws InterruptedException {
        if (shell != null) {
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
            shell.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
        if (exec != null) {
            exec.close();
        }
    }

    @Test
    void whatIsThrottledIsNotToldButCounted() throws Exception {
        throttle();
        start("read l; /bin/true; /bin/true; echo; read l; exec /bin/true");
        next();
        finish();
        assertEquals(List.of(), told());
        assertEquals(3, count("throttle_accounts", THROTTLE_CLONE), "forks");
        assertEquals(3, count("throttle_accounts", THROTTLE_EXIT), "exits");
        // And two for the shell, if the JDK starts it by way of a helper.
        assertTrue(Set.of(4L, 5L).contains(count("throttle_accounts", THROTTLE_EXEC)), "execs");
    }

    @Test
    void theParentOfWhatIsToldIsTheNearestAncestorThatWasTold() throws Exception {
        throttle();
        start("read l; /bin/true; echo; read l; exec /bin/cat");
        release();
        next();
        finish();
        assertEquals(List.of("fork a of test", "exec true of test for a", "exit true", "exec cat of test", "exit cat"),
                told());
    }

    @Test
    void anExecBehindAForkThatWasNotToldReplacesNothing() throws Exception {
        throttle();
        start("exec 3<&0; read l; (echo; read l <&3; exec /bin/true) & wait");
        next();
        release();
        finish();
        assertEquals(List.of("exec true of test", "exit true"), told());
    }

    @Test
    void anExecBehindOneThatWasNotToldReplacesWhatWasToldBefore() throws Exception {
        start("read l; exec /bin/sh -c 'echo; read l; exec /bin/cat'");
        throttle();
        next();
        release();
        finish();
        assertEquals(List.of("exec cat of sh for sh", "exit cat"), told());
    }

    @Test
    void theEndOfWhatWasToldIsToldQuietlyWhenItsLastExecWasNot() throws Exception {
        start("read l; /bin/true; echo; read l; exec /bin/cat");
        throttle();
        next();
        finish();
        assertEquals(List.of("quiet exit sh"), told());
    }

    /** Returns when the shell has done what comes before the first line that it reads. */
    private void start(String script) throws IOException {
        shell = new ProcessBuilder("/bin/sh", "-c", "echo; " + script).redirectErrorStream(true).start();
        assertEquals('\n', shell.getInputStream().read());
        told();
    }

    /** Gives the shell a line and returns when it has done what that is for. */
    private void next() throws IOException {
        shell.getOutputStream().write('\n');
        shell.getOutputStream().flush();
        assertEquals('\n', shell.getInputStream().read());
    }

    /** Gives the shell its last line and returns when it has ended. */
    private void finish() throws IOException, InterruptedException {
        shell.getOutputStream().write('\n');
        shell.getOutputStream().close();
        shell.waitFor();
    }

    /** From now on nothing passes in the cgroup of this test. */
    private void throttle() throws IOException {
        ByteBuffer rates = ByteBuffer.allocate(exec.object().map("throttle_rates").wholeValueSize())
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < rates.capacity(); at += RATE_SIZE) {
            rates.putLong(at + RATE_OVER, System.nanoTime()).putInt(at + RATE_TOLD, 1);
        }
        exec.object().map("throttle_rates").update(cgroup(), rates.array(), BpfMap.ANY);
        limit(FOREVER, TimeUnit.HOURS.toNanos(1), FOREVER);
    }

    private void release() {
        limit(0, 0, 0);
    }

    private void limit(long events, long interval, long quiet) {
        exec.object().map("throttle_limit").update(new byte[Integer.BYTES], ByteBuffer.allocate(3 * Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN).putLong(events).putLong(interval).putLong(quiet).array(), BpfMap.ANY);
    }

    /** The id of this process's cgroup in the unified hierarchy. */
    private static byte[] cgroup() throws IOException {
        String path = Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
                .filter(line -> line.startsWith("0::"))
                .findFirst()
                .orElseThrow()
                .substring("0::/".length());
        Path root = Files.exists(UNIFIED.resolve("unified")) ? UNIFIED.resolve("unified") : UNIFIED;
        long inode = (Long) Files.getAttribute(root.resolve(path), "unix:ino");
        return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(inode).array();
    }

    /** Returns what records of the shell and its children tell since the last call, the identities by their labels. */
    private List<String> told() {
        List<String> lines = new ArrayList<>();
        for (byte[] bytes : exec.drain()) {
            RingRecord r = RingRecord.of(bytes);
            switch (r.getByte(0)) {
                case MsgOp.MSG_OP_CLONE -> fork(r, lines);
                case MsgOp.MSG_OP_EXECVE -> exec(r, bytes, lines);
                case MsgOp.MSG_OP_EXIT -> exit(r, lines);
                default -> { }
            }
        }
        return lines;
    }

    private void fork(RingRecord r, List<String> lines) {
        int parent = r.getInt(MsgClone.PARENT_PID);
        if (parent == test() || pids.contains(parent)) {
            pids.add(r.getInt(MsgClone.PROCESS_PID));
            String label = String.valueOf((char) ('a' + forks));
            labels.put(key(r, MsgClone.PROCESS_PID), label);
            lines.add("fork " + label + " of " + labels.get(key(r, MsgClone.PARENT_PID)));
            forks++;
        }
    }

    private void exec(RingRecord r, byte[] bytes, List<String> lines) {
        if (pids.contains(r.getInt(MsgExecve.PROCESS_PID)) || r.getInt(MsgExecve.PARENT_PID) == test()) {
            pids.add(r.getInt(MsgExecve.PROCESS_PID));
            String path = new String(bytes, MsgExecve.SIZE, r.getInt(MsgExecve.PATH_SIZE) - 1, StandardCharsets.UTF_8);
            String label = path.substring(path.lastIndexOf('/') + 1);
            labels.put(key(r, MsgExecve.PROCESS_PID), label);
            String replaced = r.getInt(MsgExecve.REPLACED_PID) == 0 ? ""
                    : " for " + labels.get(key(r, MsgExecve.REPLACED_PID));
            lines.add("exec " + label + " of " + labels.get(key(r, MsgExecve.PARENT_PID)) + replaced);
        }
    }

    private void exit(RingRecord r, List<String> lines) {
        if (pids.contains(r.getInt(MsgExit.PROCESS_PID))) {
            boolean quiet = r.getByte(MsgExit.COMMON_FLAGS) == ExitFlags.MSG_EXIT_UNTOLD;
            lines.add((quiet ? "quiet exit " : "exit ") + labels.get(key(r, MsgExit.PROCESS_PID)));
        }
    }

    /** An identity, wherever it stands in a record. */
    private static String key(RingRecord r, int at) {
        return r.getInt(at) + "@" + r.getLong(at + MsgExit.PROCESS_KTIME - MsgExit.PROCESS_PID);
    }

    private long count(String map, int index) {
        ByteBuffer cpus = ByteBuffer.wrap(exec.object().map(map).lookup(pid(index)).orElseThrow())
                .order(ByteOrder.LITTLE_ENDIAN);
        long sum = 0;
        while (cpus.hasRemaining()) {
            sum += cpus.getLong();
        }
        return sum;
    }

    private static int test() {
        return (int) ProcessHandle.current().pid();
    }

    private static byte[] pid(int pid) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(pid).array();
    }
}
