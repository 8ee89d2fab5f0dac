// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.api.event.ProcessEvent;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.StandaloneMap;
import io.tetragon.proto.Process;
import io.tetragon.sensor.exec.internal.abi.ProcessValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Made-up processes in a made-up procfs, entered into a real map of the kernel. */
class ProcessScanTest {
    private static final String CONTAINER = "0123456789abcdef".repeat(4);
    private static final long NANOS_PER_TICK = 10_000_000L;
    private static final int KTHREAD = 0x20_0000;

    @TempDir
    private Path procfs = Path.of("/nonexistent");
    private MemoryContext context = new MemoryContext(procfs, true);

    @BeforeEach
    void look() {
        String obstacle = LoadedExec.obstacle();
        assumeTrue(obstacle.isEmpty(), obstacle);
        context = new MemoryContext(procfs, true);
    }

    @Test
    void runningProcessesAreReportedParentsFirst() throws Exception {
        // the child has the smaller number, as after a wrap of process ids
        process(50, "child", 900, 200, 0, "NSpid:\t50\n", "/usr/bin/child\0a b\0", "/usr/bin/child", "/srv");
        process(900, "parent", 1, 100, 0, "NSpid:\t900\n", "parent\0", "/sbin/parent", "/");
        process(2, "kthreadd", 0, 1, KTHREAD, "NSpid:\t2\n", "", "", "");
        try (StandaloneMap map = map(8)) {
            new ProcessScan(context, map).run();
            List<Process> found = processes();
            assertEquals(List.of("[kthreadd]", "/sbin/parent", "/usr/bin/child"),
                    found.stream().map(Process::getBinary).toList());
            assertEquals(List.of("procFS nocwd", "procFS rootcwd", "procFS"),
                    found.stream().map(Process::getFlags).toList());
            assertEquals(" \"a b\"", found.get(2).getArguments());
            assertEquals("/srv", found.get(2).getCwd());
            assertEquals(found.get(1).getExecId(), found.get(2).getParentExecId());
            assertEquals(Map.of(), context.losses);

            ByteBuffer child = value(map, 50);
            assertEquals(50, child.getInt(ProcessValue.KEY_PID));
            assertEquals(200 * NANOS_PER_TICK, child.getLong(ProcessValue.KEY_KTIME));
            assertEquals(900, child.getInt(ProcessValue.PARENT_PID));
            assertEquals(100 * NANOS_PER_TICK, child.getLong(ProcessValue.PARENT_KTIME));
            assertEquals(200 * NANOS_PER_TICK, child.getLong(ProcessValue.START));
            assertEquals(900, child.getInt(ProcessValue.CREATOR_PID));
            assertEquals(100 * NANOS_PER_TICK, child.getLong(ProcessValue.CREATOR_KTIME));
            assertEquals("/usr/bin/child".length(), child.getInt(ProcessValue.BINARY_LENGTH));
            assertEquals("/usr/bin/child\0".length() * 8, child.getInt(ProcessValue.BINARY_KEY_BITS));
            assertEquals("/sbin/parent".length(), child.getInt(ProcessValue.PARENT_BINARY_LENGTH));
            byte[] parentBinary = new byte["/sbin/parent\0".length()];
            child.get(ProcessValue.PARENT_BINARY_KEY_TEXT, parentBinary);
            assertEquals("/sbin/parent\0", new String(parentBinary, StandardCharsets.US_ASCII));
        }
    }

    @Test
    void theTreeBelowAContainersInitIsMarked() throws Exception {
        process(10, "shim", 1, 10, 0, "NSpid:\t10\n", "shim\0", "/shim", "/");
        process(11, "init", 10, 11, 0, "NSpid:\t11\t1\n", "init\0", "/init", "/");
        process(12, "work", 11, 12, 0, "NSpid:\t12\t7\n", "work\0", "/work", "/");
        process(13, "more", 12, 13, 0, "NSpid:\t13\t8\n", "more\0", "/more", "/");
        Files.writeString(procfs.resolve("12/cgroup"), "0::/system.slice/docker-" + CONTAINER + ".scope\n");
        try (StandaloneMap map = map(8)) {
            new ProcessScan(context, map).run();
            assertEquals(List.of(false, true, true, true),
                    processes().stream().map(p -> p.getInInitTree().getValue()).toList());
            assertEquals(CONTAINER.substring(0, 31), processes().get(2).getDocker());
            assertEquals(7, value(map, 12).getInt(ProcessValue.NSPID));
        }
    }

    @Test
    void whatAProgramKnowsBetterIsLeftToIt() throws Exception {
        process(70, "old", 1, 10, 0, "NSpid:\t70\n", "old\0", "/old", "/");
        process(71, "still", 70, 11, 0, "NSpid:\t71\n", "still\0", "/still", "/");
        byte[] newer = new byte[ProcessValue.SIZE];
        newer[ProcessValue.KEY_KTIME] = 99;
        try (StandaloneMap map = map(8)) {
            map.update(key(70), newer, BpfMap.ANY);
            new ProcessScan(context, map).run();
            assertEquals(List.of("/still"), processes().stream().map(Process::getBinary).toList());
            assertEquals(99, value(map, 70).getLong(ProcessValue.KEY_KTIME));
            // its child still finds it, until it is collected
            assertNotNull(context.processes().find(70, 10 * NANOS_PER_TICK));
        }
    }

    @Test
    void whatEndsMeanwhileIsTakenOutAgain() throws Exception {
        process(80, "gone", 1, 10, 0, "NSpid:\t80\n", "gone\0", "/gone", "/");
        process(81, "reused", 1, 11, 0, "NSpid:\t81\n", "reused\0", "/reused", "/");
        process(82, "stays", 1, 12, 0, "NSpid:\t82\n", "stays\0", "/stays", "/");
        context.meanwhile = () -> {
            try {
                Files.deleteIfExists(procfs.resolve("80/stat"));
                stat(81, "other", 1, 500, 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        try (StandaloneMap map = map(8)) {
            new ProcessScan(context, map).run();
            assertEquals(List.of("/stays"), processes().stream().map(Process::getBinary).toList());
            assertTrue(map.lookup(key(80)).isEmpty());
            assertTrue(map.lookup(key(81)).isEmpty());
            assertFalse(map.lookup(key(82)).isEmpty());
        }
    }

    @Test
    void aFullMapIsCounted() throws Exception {
        for (int pid = 90; pid < 95; pid++) {
            process(pid, "p", 1, pid, 0, "NSpid:\t1\n", "p\0", "/p", "/");
        }
        try (StandaloneMap map = map(2)) {
            new ProcessScan(context, map).run();
            assertEquals(Map.of("process_map_full", 3L), context.losses);
        }
    }

    @Test
    void brokenFoldersAreNoProcesses() throws Exception {
        Files.createDirectory(procfs.resolve("5"));
        Files.createDirectory(procfs.resolve("6x"));
        Files.createDirectory(procfs.resolve("99999999999"));
        Files.writeString(procfs.resolve("7"), "a file");
        stat(99, "a) S 1 (", 1, 4, 0);
        Files.createDirectory(procfs.resolve("self"));
        Files.writeString(procfs.resolve("99999999999/stat"), Files.readString(procfs.resolve("99/stat")));
        try (StandaloneMap map = map(8)) {
            new ProcessScan(context, map).run();
            assertEquals(List.of(99), processes().stream().map(p -> p.getPid().getValue()).toList());
            assertEquals("procFS nocwd", processes().get(0).getFlags());
        }
    }

    @Test
    void namesOfDeletedFilesAndHostileOnesAreText() throws Exception {
        process(60, "x", 1, 5, 0, "NSpid:\t60\n", "x\0\u00ff\n\"\0", "/bin/new\nline (deleted)", "/tmp/\u001b[0m (deleted)");
        Path folder = procfs.resolve("60");
        Files.write(folder.resolve("cmdline"), new byte[] {'x', 0, (byte) 0xFF, '\n', '"', 0});
        try (StandaloneMap map = map(8)) {
            new ProcessScan(context, map).run();
            Process process = processes().get(0);
            assertEquals("/bin/new\nline", process.getBinary());
            assertEquals("/tmp/\u001b[0m", process.getCwd());
            assertEquals("\uFFFD\n\"", process.getArguments());
        }
    }

    @Test
    void longBinariesAreCutInTheMapOnly() throws Exception {
        int room = ProcessValue.BINARY_KEY_TEXT_SIZE;
        String binary = "/" + "b".repeat(room + 50);
        process(61, "x", 1, 5, 0, "NSpid:\t61\n", "x\0", binary, "/");
        try (StandaloneMap map = map(8)) {
            new ProcessScan(context, map).run();
            assertEquals(binary, processes().get(0).getBinary());
            byte[] cut = new byte[room];
            ByteBuffer value = value(map, 61);
            value.get(ProcessValue.BINARY_KEY_TEXT, cut);
            assertEquals(binary.substring(0, room), new String(cut, StandardCharsets.US_ASCII));
            assertEquals(room * 8, value.getInt(ProcessValue.BINARY_KEY_BITS));
            assertEquals(binary.length(), value.getInt(ProcessValue.BINARY_LENGTH));
        }
    }

    @Test
    void argumentsAreCutWhereTheyWouldTakeTheAgentsMemory() throws Exception {
        int most = 256 << 10;
        int least = 1 << 10;
        int count = 40;
        for (int i = 0; i < count; i++) {
            process(100 + i, "x", 1, 5 + i, 0, "NSpid:\t1\n", "x\0" + "a".repeat(2 * most), "/bin/x", "/");
        }
        try (StandaloneMap map = map(64)) {
            new ProcessScan(context, map).run();
            List<Integer> lengths = processes().stream().map(p -> p.getArguments().length()).toList();
            assertEquals(Set.of(most - 2, least - 2), Set.copyOf(lengths));
            assertTrue(lengths.stream().mapToInt(length -> length).sum() <= (4 << 20) + most + count * least);
            assertTrue(processes().get(count - 1).getFlags().contains("truncArgs"));
            assertEquals((long) count, context.losses.get("texts_cut_in_scan"));
        }
    }

    @Test
    void aMissingProcfsIsAnErrorWithARemedy() {
        try (StandaloneMap map = map(2)) {
            context = new MemoryContext(procfs.resolve("nowhere"), true);
            TetragonException e =
                    assertThrows(TetragonException.class, () -> new ProcessScan(context, map).run());
            assertTrue(e.getMessage().contains("--procfs"), e.getMessage());
            assertNull(context.processes().newest(1));
        }
    }

    private List<Process> processes() {
        return context.events.stream().map(ProcessEvent::toProto).map(m -> m.getProcessExec().getProcess()).toList();
    }

    private void process(int pid, String name, int parent, long ticks, int flags, String status, String cmdline,
            String exe, String cwd) throws IOException {
        stat(pid, name, parent, ticks, flags);
        Path folder = procfs.resolve(Integer.toString(pid));
        Files.writeString(folder.resolve("status"), "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n" + status);
        Files.writeString(folder.resolve("cmdline"), cmdline);
        if (!exe.isEmpty()) {
            Files.createSymbolicLink(folder.resolve("exe"), Path.of(exe));
            Files.createSymbolicLink(folder.resolve("cwd"), Path.of(cwd));
        }
    }

    private void stat(int pid, String name, int parent, long ticks, int flags) throws IOException {
        Path folder = Files.createDirectories(procfs.resolve(Integer.toString(pid)));
        Files.writeString(folder.resolve("stat"), pid + " (" + name + ") S " + parent + " 0 0 0 -1 " + flags
                + " 0 0 0 0 0 0 0 0 20 0 1 0 " + ticks + " 0 0");
    }

    private static StandaloneMap map(int entries) {
        return BpfMap.create(new MapSpec("process_map", MapType.HASH, Integer.BYTES, ProcessValue.SIZE, entries, 0));
    }

    private static byte[] key(int pid) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(pid).array();
    }

    private static ByteBuffer value(BpfMap map, int pid) {
        return ByteBuffer.wrap(map.lookup(key(pid)).orElseThrow()).order(ByteOrder.LITTLE_ENDIAN);
    }
}
