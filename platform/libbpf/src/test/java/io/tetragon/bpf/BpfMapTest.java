// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class BpfMapTest {
    private static final Path BPF_FILE_SYSTEM = Path.of("/sys/fs/bpf");

    @BeforeEach
    void requireBpf() throws IOException {
        TestObjects.requireBpf();
    }

    private static StandaloneMap map(MapType type, int entries) {
        return BpfMap.create(new MapSpec("test", type, 4, 8, entries, 0));
    }

    @Test
    void valuesAreSetReadReplacedAndDeleted() {
        try (StandaloneMap map = map(MapType.HASH, 2)) {
            byte[] key = TestObjects.bytes(1);
            assertEquals(Optional.empty(), map.lookup(key));
            map.update(key, TestObjects.bytes(5L), BpfMap.NO_EXIST);
            assertEquals("EEXIST", assertThrows(BpfException.class,
                    () -> map.update(key, TestObjects.bytes(6L), BpfMap.NO_EXIST)).errnoName());
            map.update(key, TestObjects.bytes(6L), BpfMap.EXIST);
            assertEquals(6, TestObjects.number(map.lookup(key).orElseThrow()));
            assertEquals(6, TestObjects.number(map.lookupAndDelete(key).orElseThrow()));
            assertFalse(map.delete(key));
        }
    }

    @Test
    void aFullMapSaysSo() {
        try (StandaloneMap map = map(MapType.HASH, 1)) {
            map.update(TestObjects.bytes(1), TestObjects.bytes(1L), BpfMap.ANY);
            BpfException error = assertThrows(BpfException.class,
                    () -> map.update(TestObjects.bytes(2), TestObjects.bytes(2L), BpfMap.ANY));
            assertEquals("E2BIG", error.errnoName());
            assertTrue(error.getMessage().startsWith("cannot update map test: "), error.getMessage());
        }
    }

    @Test
    void keysAndValuesOfTheWrongSizeAreAMistakeOfTheCaller() {
        try (StandaloneMap map = map(MapType.HASH, 1)) {
            assertThrows(IllegalArgumentException.class, () -> map.lookup(new byte[8]));
            assertThrows(IllegalArgumentException.class, () -> map.update(new byte[4], new byte[4], BpfMap.ANY));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"HASH", "LRU_HASH", "PERCPU_HASH", "ARRAY", "PERCPU_ARRAY"})
    void everyEntryIsVisitedOnce(MapType type) {
        int entries = 3000;
        try (StandaloneMap map = BpfMap.create(new MapSpec("test", type, 4, 8, 4 * entries, 0))) {
            List<BpfMap.Entry> all = new ArrayList<>();
            for (int i = 0; i < entries; i++) {
                byte[] value = new byte[map.wholeValueSize()];
                ByteBuffer.wrap(value).put(TestObjects.bytes((long) i + 1));
                all.add(new BpfMap.Entry(TestObjects.bytes(i), value));
            }
            map.updateAll(all);
            Map<Long, Long> seen = new HashMap<>();
            map.forEach((key, value) -> {
                if (TestObjects.number(value) != 0) {
                    assertEquals(null, seen.put(TestObjects.number(key), TestObjects.number(value)));
                }
            });
            assertEquals(entries, seen.size());
            seen.forEach((key, value) -> assertEquals(key + 1, value));
        }
    }

    @Test
    void aMapWithoutBatchesIsVisitedKeyByKey() {
        try (StandaloneMap map = BpfMap.create(new MapSpec("test", MapType.LPM_TRIE, 8, 8, 10,
                MapSpec.NO_PREALLOC))) {
            map.update(new byte[] {8, 0, 0, 0, 10, 0, 0, 0}, TestObjects.bytes(1L), BpfMap.ANY);
            map.update(new byte[] {16, 0, 0, 0, 10, 1, 0, 0}, TestObjects.bytes(2L), BpfMap.ANY);
            List<Long> values = new ArrayList<>();
            map.forEach((key, value) -> values.add(TestObjects.number(value)));
            assertEquals(2, values.size());
            assertEquals(2, TestObjects.number(map.lookup(new byte[] {32, 0, 0, 0, 10, 1, 2, 3}).orElseThrow()));
        }
    }

    @Test
    void aMapOfMapsTakesMaps() {
        try (StandaloneMap inner = map(MapType.HASH, 4);
                StandaloneMap outer = BpfMap.create(new MapSpec("outer", MapType.HASH_OF_MAPS, 4, 4, 8, 0), inner)) {
            outer.update(TestObjects.bytes(1), inner, BpfMap.ANY);
            assertEquals(inner.info().id(), TestObjects.number(outer.lookup(TestObjects.bytes(1)).orElseThrow()));
        }
    }

    @Test
    void aMappedArrayAndTheMapShowTheSameValues() {
        StandaloneMap map = BpfMap.create(new MapSpec("test", MapType.ARRAY, 4, 12, 3, MapSpec.MMAPABLE));
        BpfMapping mapping = map.mmap();
        assertEquals(48, mapping.buffer().capacity());
        mapping.buffer().putLong(16, 77);
        assertEquals(77, TestObjects.number(map.lookup(TestObjects.bytes(1)).orElseThrow()));
        map.close();
        assertEquals(77, mapping.buffer().getLong(16), "the mapping does not need the map's descriptor");
        ByteBuffer slice = mapping.buffer().slice(16, 8);
        mapping.close();
        mapping.close();
        assertEquals(0, slice.getLong(0), "a closed mapping can be read without harm");
    }

    @Test
    void anArrayThatCannotBeMappedIsAnError() {
        try (StandaloneMap map = map(MapType.ARRAY, 1)) {
            assertThrows(BpfException.class, map::mmap);
        }
    }

    @Test
    void aPinnedMapCanBeOpened() throws IOException {
        assumeTrue(Files.exists(BPF_FILE_SYSTEM) && Files.getFileStore(BPF_FILE_SYSTEM).type().equals("bpf"),
                "no BPF file system at " + BPF_FILE_SYSTEM);
        Path pin = BPF_FILE_SYSTEM.resolve("tetragon-test-" + ProcessHandle.current().pid());
        try (StandaloneMap map = map(MapType.HASH, 1)) {
            map.pin(pin);
            map.update(TestObjects.bytes(1), TestObjects.bytes(9L), BpfMap.ANY);
            try (StandaloneMap opened = BpfMap.openPinned(pin)) {
                assertEquals(9, TestObjects.number(opened.lookup(TestObjects.bytes(1)).orElseThrow()));
                assertEquals(map.info().id(), opened.info().id());
            }
        } finally {
            Files.deleteIfExists(pin);
        }
        assertThrows(BpfException.class, () -> BpfMap.openPinned(pin));
    }

    @Test
    void theKernelTellsSizeAndMemory() {
        try (StandaloneMap map = map(MapType.ARRAY, 1000)) {
            MapInfo info = map.info();
            assertEquals(1000, info.maxEntries());
            assertEquals("test", info.name());
            assertTrue(map.memoryBytes() >= 8000, "memlock " + map.memoryBytes());
        }
    }

    @Test
    void aClosedMapIsNeverUsed() {
        StandaloneMap map = map(MapType.HASH, 1);
        map.close();
        map.close();
        assertThrows(IllegalStateException.class, () -> map.lookup(new byte[4]));
        assertThrows(IllegalStateException.class, map::info);
    }

    @Test
    void aFrozenMapRefusesUpdates() {
        try (StandaloneMap map = map(MapType.ARRAY, 1)) {
            map.freeze();
            assertThrows(BpfException.class, () -> map.update(new byte[4], new byte[8], BpfMap.ANY));
            assertArrayEquals(new byte[8], map.lookup(new byte[4]).orElseThrow());
        }
    }
}
