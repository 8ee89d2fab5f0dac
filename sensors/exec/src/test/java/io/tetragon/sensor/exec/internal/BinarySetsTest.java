// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.core.internal.policy.BinarySetRegistry;
import io.tetragon.core.internal.sensor.SharedMaps;
import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.model.BinaryFilter.Match;
import io.tetragon.policy.model.Position;
import io.tetragon.sensor.exec.internal.abi.ProcessValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The sets of real processes: by what they execute, from whom they descend, and since when they run. */
@Timeout(120)
class BinarySetsTest {
    @TempDir
    private Path folder;

    private final List<Process> started = new ArrayList<>();
    private SharedMaps maps;
    private BinarySetRegistry registry;
    private LoadedExec exec;
    /** What links lead to: the kernel's name of a program. */
    private Path cat;
    private Path shell;

    @BeforeEach
    void observe() throws IOException, TetragonException {
        String obstacle = LoadedExec.obstacle();
        assumeTrue(obstacle.isEmpty(), obstacle);
        maps = SharedMaps.create(new MemoryContext(Path.of("/proc"), false)
                .with("rb-size-total", 1L << 20).with("execve-map-entries", 4096L)
                .with("enable-policy-filter", false));
        registry = new BinarySetRegistry(maps);
        exec = LoadedExec.attach(maps::share);
        cat = Path.of("/bin/cat").toRealPath();
        shell = Path.of("/bin/sh").toRealPath();
    }

    @AfterEach
    void end() throws IOException, InterruptedException {
        for (Process process : started) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
        if (exec != null) {
            exec.close();
        }
        if (maps != null) {
            registry.close();
            maps.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"CAT", "//CAT", "FOLDER/link", "../../../../../../../../..CAT", "FOLDER/script"})
    void whatTheKernelExecutesIsMatchedWhateverItIsCalled(String called) throws Exception {
        Files.createSymbolicLink(folder.resolve("link"), cat);
        Files.writeString(folder.resolve("script"), "#!" + folder.resolve("link") + "\n");
        Files.setPosixFilePermissions(folder.resolve("script"), PosixFilePermissions.fromString("rwxr-xr-x"));
        int exact = acquire(Match.IN, false, cat);
        int prefix = acquire(Match.PREFIX, false, cat.getParent());
        int postfix = registry.acquire(new BinaryFilter(Position.START, Match.POSTFIX, List.of("/cat", "t/a/c/"), false));
        acquire(Match.IN, false, folder.resolve("link"), folder.resolve("script"));
        Process process = start(called.replace("FOLDER", folder.toString()).replace("CAT", cat.toString()), "-");
        assertEquals(cat.toString(), binary(process.pid()));
        assertEquals(bits(exact, prefix, postfix), sets(process.pid(), ProcessValue.BINARY_SETS));
    }

    @Test
    void aSetHasWhatRunsAlreadyAndWhatIsExecutedLaterUntilItIsGivenBack() throws Exception {
        Process before = start(cat.toString());
        int other = acquire(Match.PREFIX, false, Path.of("/"));
        int set = acquire(Match.IN, false, cat);
        Process after = start(cat.toString());
        for (Process process : List.of(before, after)) {
            assertEquals(bits(other, set), sets(process.pid(), ProcessValue.BINARY_SETS));
        }
        registry.release(set);
        assertEquals(bits(other), sets(start(cat.toString()).pid(), ProcessValue.BINARY_SETS));
    }

    @Test
    void setsThatFollowChildrenReachDescendantsAndLaterExecsAlike() throws Exception {
        // What a shell runs in the background has no input of its own.
        String script = "exec 3<&0; CAT <&3 & exec /bin/sh -c 'CAT <&3 & exec CAT'".replace("CAT", cat.toString());
        Process before = start(shell.toString(), "-c", script);
        until(() -> binary(before.pid()).equals(cat.toString()) && before.descendants().count() == 2);
        int follows = acquire(Match.IN, true, shell);
        int stays = acquire(Match.NOT_IN, false, shell);
        Process after = start(shell.toString(), "-c", script);
        until(() -> binary(after.pid()).equals(cat.toString()) && after.descendants().count() == 2);
        for (Process process : List.of(before, after)) {
            assertEquals(bits(follows, stays), sets(process.pid(), ProcessValue.PARENT_BINARY_SETS));
            assertEquals(bits(), sets(process.pid(), ProcessValue.BINARY_SETS));
            assertEquals(bits(follows), sets(process.pid(), ProcessValue.INHERITED_SETS));
            for (ProcessHandle child : process.descendants().toList()) {
                until(() -> binary(child.pid()).equals(cat.toString()));
                maps.awaitPrograms();
                assertEquals(bits(), sets(child.pid(), ProcessValue.BINARY_SETS));
                assertEquals(bits(follows), sets(child.pid(), ProcessValue.INHERITED_SETS));
            }
        }
    }

    @Test
    void setsComeAndGoWhileProcessesDo() throws Exception {
        Process churn = start(shell.toString(), "-c",
                "while :; do CAT </dev/null & CAT </dev/null; wait; done".replace("CAT", cat.toString()));
        int stays = acquire(Match.IN, true, shell);
        for (int i = 0; i < 40; i++) {
            int set = acquire(i % 2 == 0 ? Match.IN : Match.PREFIX, i % 4 == 0, shell);
            Process process = start(shell.toString(), "-c", "read line");
            assertTrue(sets(process.pid(), ProcessValue.BINARY_SETS).get(set));
            BitSet ofChurn = sets(churn.pid(), ProcessValue.BINARY_SETS);
            assertTrue(ofChurn.get(stays) && ofChurn.get(set), ofChurn + " has " + set);
            process.destroyForcibly().waitFor();
            registry.release(set);
        }
    }

    @Test
    void aPathLongerThanItsPlaceMatchesByBothEnds() throws Exception {
        Path deep = folder;
        for (int i = 0; i < 5; i++) {
            deep = Files.createDirectory(deep.resolve("d".repeat(100)));
        }
        Path copy = Files.copy(cat, deep.resolve("copy"));
        int prefix = acquire(Match.PREFIX, false, folder);
        int postfix = registry.acquire(new BinaryFilter(Position.START, Match.POSTFIX, List.of("d/copy"), false));
        Process process = start(copy.toString());
        assertEquals(bits(prefix, postfix), sets(process.pid(), ProcessValue.BINARY_SETS));
        registry.sortRunning();
        assertEquals(bits(prefix, postfix), sets(process.pid(), ProcessValue.BINARY_SETS));
    }

    private int acquire(Match match, boolean followChildren, Path... values) throws TetragonException {
        return registry.acquire(new BinaryFilter(Position.START, match,
                List.of(values).stream().map(Path::toString).toList(), followChildren));
    }

    /** Returns when the exec program has seen the command: who waits for an exec is told a moment earlier. */
    private Process start(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).directory(folder.toFile()).start();
        started.add(process);
        Path executed = Path.of("/proc", Long.toString(process.pid()), "exe");
        until(() -> known(process.pid()) && Files.readSymbolicLink(executed).toString().startsWith(binary(process.pid())));
        maps.awaitPrograms();
        return process;
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void until(Condition condition) throws IOException, InterruptedException {
        while (!condition.holds()) {
            Thread.sleep(10);
        }
    }

    private static BitSet bits(int... numbers) {
        BitSet bits = new BitSet();
        for (int number : numbers) {
            bits.set(number);
        }
        return bits;
    }

    private String binary(long pid) {
        ByteBuffer value = value(pid);
        byte[] text = new byte[Math.min(value.getInt(ProcessValue.BINARY_LENGTH), ProcessValue.BINARY_KEY_TEXT_SIZE)];
        value.get(ProcessValue.BINARY_KEY_TEXT, text);
        return new String(text, StandardCharsets.UTF_8);
    }

    private BitSet sets(long pid, int field) {
        return BitSet.valueOf(value(pid).slice(field, ProcessValue.BINARY_SETS_SIZE));
    }

    private boolean known(long pid) {
        return maps.map("process_map").lookup(key(pid)).isPresent();
    }

    private ByteBuffer value(long pid) {
        return ByteBuffer.wrap(maps.map("process_map").lookup(key(pid)).orElseThrow()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] key(long pid) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt((int) pid).array();
    }
}
