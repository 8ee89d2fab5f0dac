// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.core.TestSettings;
import io.tetragon.core.internal.abi.BinaryConfig;
import io.tetragon.core.internal.abi.ProcessValue;
import io.tetragon.core.internal.sensor.SharedMaps;
import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.model.BinaryFilter.Match;
import io.tetragon.policy.model.Position;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sets in the kernel's maps, and processes of the test's own making in the process map, sorted by the kernel. */
class BinarySetRegistryTest {
    private static final int EVENT_EXECVE = 0x1;
    private static final int EVENT_PROCFS = 0x4;
    private static final int EVENT_CLONE = 0x4000;

    private SharedMaps maps;
    private BinarySetRegistry registry;

    @BeforeEach
    void start() throws TetragonException {
        assumeTrue(Files.isReadable(Path.of("/sys/kernel/btf/vmlinux")), "skipped: the kernel has no BTF");
        maps = SharedMaps.create(new TestSettings(64 << 10));
        registry = new BinarySetRegistry(maps);
    }

    @AfterEach
    void end() {
        if (maps != null) {
            registry.close();
            maps.close();
        }
    }

    @Test
    void equalFiltersShareANumberUntilTheLastGivesItBack() throws TetragonException {
        int first = registry.acquire(filter(Match.IN, false, "/bin/a", "/bin/b"));
        assertEquals(first, registry.acquire(filter(Match.NOT_IN, false, "/bin/b", "/bin/a")));
        int following = registry.acquire(filter(Match.IN, true, "/bin/a", "/bin/b"));
        assertNotEquals(first, following);
        assertNotEquals(first, registry.acquire(filter(Match.PREFIX, false, "/bin/a", "/bin/b")));
        registry.release(first);
        registry.release(following);
        assertEquals(first, registry.acquire(filter(Match.IN, false, "/bin/a", "/bin/b")));
        assertThrows(IllegalArgumentException.class, () -> registry.release(following));
        assertThrows(IllegalArgumentException.class, () -> registry.release(-1));
    }

    @Test
    void runningProcessesAreInTheSetsOfTheirBinaryAndOfTheirParents() throws TetragonException {
        put(new Entry(10).binary("/usr/bin/cat").parentBinary("/usr/bin/bash"));
        put(new Entry(11).binary("/usr/bin/bash").parentBinary("/sbin/init"));
        int cat = registry.acquire(filter(Match.IN, false, "/usr/bin/cat", "/usr/bin/tail"));
        int usr = registry.acquire(filter(Match.PREFIX, false, "/usr/"));
        int sh = registry.acquire(filter(Match.POSTFIX, false, "sh"));
        int nothing = registry.acquire(filter(Match.IN, false, "/usr/bin/ca", "/usr/bin/catt", "usr/bin/cat"));
        assertEquals(bits(cat, usr), sets(10, ProcessValue.BINARY_SETS));
        assertEquals(bits(usr, sh), sets(10, ProcessValue.PARENT_BINARY_SETS));
        assertEquals(bits(usr, sh), sets(11, ProcessValue.BINARY_SETS));
        assertEquals(bits(), sets(11, ProcessValue.PARENT_BINARY_SETS));
        assertEquals(bits(), sets(11, ProcessValue.INHERITED_SETS));
        assertFalse(sets(10, ProcessValue.BINARY_SETS).get(nothing));
    }

    @Test
    void pathsThatWereCutMatchByTheirBeginningOnly() throws TetragonException {
        String longest = "/" + "d".repeat(BinarySet.LONGEST - 1);
        put(new Entry(10).binary(longest));
        put(new Entry(11).binary(longest + "/"));
        put(new Entry(12).binary(longest + "/end"));
        int exact = registry.acquire(filter(Match.IN, false, longest));
        int prefix = registry.acquire(filter(Match.PREFIX, false, longest));
        int postfix = registry.acquire(filter(Match.POSTFIX, false, longest.substring(1)));
        assertEquals(bits(exact, prefix, postfix), sets(10, ProcessValue.BINARY_SETS));
        assertEquals(bits(prefix), sets(11, ProcessValue.BINARY_SETS));
        assertEquals(bits(prefix), sets(12, ProcessValue.BINARY_SETS));
    }

    @Test
    void descendantsInheritWhatTheirAncestorsWereWhenTheyForkedThem() throws TetragonException {
        // 10 forked 11 as /bin/shell, executes /bin/late since, and was /bin/early before; 12 is a child of 11.
        put(new Entry(10).start(100).executed(300).parent(10, 150).binary("/bin/late").parentBinary("/bin/shell"));
        put(new Entry(11).start(200).executed(210).parent(10, 150).creator(10, 100).binary("/bin/work")
                .parentBinary("/bin/shell"));
        put(new Entry(12).start(250).forked().parent(11, 210).creator(11, 200).binary("/bin/work")
                .parentBinary("/bin/work"));
        // Its creator's number belongs to another process by now.
        put(new Entry(13).start(260).forked().parent(11, 90).creator(11, 80).binary("/bin/x").parentBinary("/bin/y"));
        int shell = registry.acquire(filter(Match.IN, true, "/bin/shell"));
        int late = registry.acquire(filter(Match.IN, true, "/bin/late"));
        int work = registry.acquire(filter(Match.IN, true, "/bin/work"));
        int stay = registry.acquire(filter(Match.IN, false, "/bin/shell"));
        assertEquals(bits(shell), sets(10, ProcessValue.INHERITED_SETS));
        assertEquals(bits(shell), sets(11, ProcessValue.INHERITED_SETS));
        assertEquals(bits(shell, work), sets(12, ProcessValue.INHERITED_SETS));
        assertEquals(bits(), sets(13, ProcessValue.INHERITED_SETS));
        assertEquals(bits(shell, stay), sets(11, ProcessValue.PARENT_BINARY_SETS));
        assertEquals(bits(late), sets(10, ProcessValue.BINARY_SETS));
    }

    @Test
    void whatIsEnteredLaterIsSortedOnRequestAndInheritedBitsStay() throws TetragonException {
        int init = registry.acquire(filter(Match.IN, true, "/sbin/init"));
        int gone = registry.acquire(filter(Match.IN, true, "/bin/gone"));
        put(new Entry(1).start(0).scanned().binary("/sbin/init"));
        put(new Entry(20).start(50).scanned().creator(1, 0).binary("/bin/a").parentBinary("/sbin/init"));
        Entry orphan = new Entry(21).start(50).scanned().creator(20, 50).binary("/bin/b").parentBinary("/bin/a");
        orphan.value.put(ProcessValue.INHERITED_SETS, BinarySetRegistry.words(bits(gone), 32));
        put(orphan);
        registry.sortRunning();
        assertEquals(bits(init), sets(1, ProcessValue.BINARY_SETS));
        assertEquals(bits(init), sets(20, ProcessValue.INHERITED_SETS));
        assertEquals(bits(init, gone), sets(21, ProcessValue.INHERITED_SETS));
    }

    @Test
    void aNumberIsUsedAgainWithoutTheBitsOfItsFirstUse() throws TetragonException {
        put(new Entry(10).binary("/bin/0").parentBinary("/bin/0"));
        for (int i = 0; i < 256; i++) {
            assertEquals(i, registry.acquire(filter(Match.IN, true, "/bin/" + i)));
        }
        TetragonException e = assertThrows(TetragonException.class,
                () -> registry.acquire(filter(Match.IN, false, "/bin/one-more")));
        assertEquals(TetragonException.Kind.RESOURCE_EXHAUSTED, e.kind());
        assertTrue(e.getMessage().contains("256"), e.getMessage());
        assertEquals(bits(0), sets(10, ProcessValue.BINARY_SETS));
        registry.release(0);
        registry.release(100);
        assertEquals(0, registry.acquire(filter(Match.IN, false, "/bin/one-more")));
        assertEquals(bits(), sets(10, ProcessValue.BINARY_SETS));
        assertEquals(bits(), sets(10, ProcessValue.PARENT_BINARY_SETS));
        assertEquals(bits(), sets(10, ProcessValue.INHERITED_SETS));
        assertEquals(100, registry.acquire(filter(Match.IN, true, "/bin/0")));
        assertEquals(bits(100), sets(10, ProcessValue.BINARY_SETS));
    }

    @Test
    void nothingIsLeftInTheMapsWhenTheLastSetGoes() throws TetragonException {
        List<Integer> numbers = new ArrayList<>();
        Random random = new Random(1);
        for (int i = 0; i < 50; i++) {
            numbers.add(registry.acquire(RandomPaths.filter(random)));
        }
        assertEquals(1, config().getInt(BinaryConfig.SETS));
        numbers.forEach(registry::release);
        assertEquals(ByteBuffer.allocate(BinaryConfig.SIZE), config());
        assertTrue(maps.map("binary_prefixes").nextKey(new byte[0]).isEmpty());
        assertTrue(maps.map("binary_postfixes").nextKey(new byte[0]).isEmpty());
    }

    @Test
    void valuesThatNoPathCanHaveAreRefused() {
        for (String value : List.of("/" + "x".repeat(BinarySet.LONGEST), "/bin/a\0b")) {
            TetragonException e = assertThrows(TetragonException.class,
                    () -> registry.acquire(filter(Match.IN, false, value)));
            assertEquals(TetragonException.Kind.INVALID_ARGUMENT, e.kind());
            assertEquals(0, config().getInt(BinaryConfig.SETS));
        }
    }

    @Test
    void theKernelSortsAsAComparisonWithEveryValueDoes() throws TetragonException {
        Random random = new Random(42);
        List<String> paths = new ArrayList<>();
        for (int pid = 0; pid < 500; pid++) {
            paths.add(RandomPaths.path(random));
            put(new Entry(pid + 1).binary(paths.get(pid)).parentBinary(paths.get(random.nextInt(pid + 1))));
        }
        List<Integer> numbers = new ArrayList<>();
        List<BinarySet> sets = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            BinaryFilter filter = RandomPaths.filter(random);
            int number = registry.acquire(filter);
            if (!numbers.contains(number)) {
                numbers.add(number);
                sets.add(BinarySet.of(filter));
            }
        }
        for (int i = numbers.size() - 1; i >= 0; i -= 3) {
            registry.release(numbers.get(i));
            put(new Entry(1).binary(paths.get(0)));
        }
        registry.sortRunning();
        for (int pid = 0; pid < paths.size(); pid++) {
            BitSet expected = new BitSet();
            RandomPaths.matching(sets, paths.get(pid)).stream().forEach(i -> expected.set(numbers.get(i)));
            BitSet inForce = inForce(numbers);
            expected.and(inForce);
            BitSet seen = sets(pid + 1, ProcessValue.BINARY_SETS);
            seen.and(inForce);
            assertEquals(expected, seen, paths.get(pid));
        }
    }

    private static BitSet inForce(List<Integer> numbers) {
        BitSet inForce = new BitSet();
        numbers.forEach(inForce::set);
        for (int i = numbers.size() - 1; i >= 0; i -= 3) {
            inForce.clear(numbers.get(i));
        }
        return inForce;
    }

    private ByteBuffer config() {
        return ByteBuffer.wrap(maps.map("binary_config").lookup(new byte[4]).orElseThrow())
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private static BinaryFilter filter(Match match, boolean followChildren, String... values) {
        return new BinaryFilter(new Position(1, 1), match, List.of(values), followChildren);
    }

    private static BitSet bits(int... numbers) {
        BitSet bits = new BitSet();
        for (int number : numbers) {
            bits.set(number);
        }
        return bits;
    }

    private BitSet sets(int pid, int field) {
        byte[] value = maps.map("process_map").lookup(key(pid)).orElseThrow();
        return BitSet.valueOf(ByteBuffer.wrap(value, field, ProcessValue.BINARY_SETS_SIZE));
    }

    private void put(Entry entry) {
        maps.map("process_map").update(key(entry.pid), entry.value.array(), BpfMap.ANY);
    }

    private static byte[] key(int pid) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(pid).array();
    }

    /** A process as programs or procfs put it into the map. */
    private static final class Entry {
        final int pid;
        final ByteBuffer value = ByteBuffer.allocate(ProcessValue.SIZE).order(ByteOrder.LITTLE_ENDIAN);

        Entry(int pid) {
            this.pid = pid;
            value.putInt(ProcessValue.KEY_PID, pid).putInt(ProcessValue.FLAGS, EVENT_EXECVE);
        }

        /** The time of its fork, and of its exec unless {@link #executed} says another. */
        Entry start(long time) {
            value.putLong(ProcessValue.START, time).putLong(ProcessValue.KEY_KTIME, time);
            return this;
        }

        Entry executed(long time) {
            value.putLong(ProcessValue.KEY_KTIME, time);
            return this;
        }

        Entry forked() {
            value.putInt(ProcessValue.FLAGS, EVENT_CLONE);
            return this;
        }

        Entry scanned() {
            value.putInt(ProcessValue.FLAGS, EVENT_PROCFS);
            return this;
        }

        Entry parent(int pid, long ktime) {
            value.putInt(ProcessValue.PARENT_PID, pid).putLong(ProcessValue.PARENT_KTIME, ktime);
            return this;
        }

        Entry creator(int pid, long start) {
            value.putInt(ProcessValue.CREATOR_PID, pid).putLong(ProcessValue.CREATOR_KTIME, start);
            return this;
        }

        Entry binary(String path) {
            return path(ProcessValue.BINARY_LENGTH, ProcessValue.BINARY_KEY_BITS, ProcessValue.BINARY_KEY_TEXT, path);
        }

        Entry parentBinary(String path) {
            return path(ProcessValue.PARENT_BINARY_LENGTH, ProcessValue.PARENT_BINARY_KEY_BITS,
                    ProcessValue.PARENT_BINARY_KEY_TEXT, path);
        }

        private Entry path(int length, int bits, int text, String path) {
            byte[] whole = (path + '\0').getBytes(StandardCharsets.UTF_8);
            int kept = Math.min(whole.length, ProcessValue.BINARY_KEY_TEXT_SIZE);
            value.putInt(length, whole.length - 1).putInt(bits, kept * Byte.SIZE).put(text, whole, 0, kept);
            return this;
        }
    }
}
