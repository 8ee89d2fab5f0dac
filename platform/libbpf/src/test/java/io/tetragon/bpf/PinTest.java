// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.bpf.internal.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pins of links, and the file system that they are in. */
@Timeout(60)
class PinTest {
    private static final int RAW_TP_KEY = 1;
    private static final int TRACEPOINT_KEY = 3;

    private Path folder;
    private BpfObject object;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        byte[] elf = TestObjects.compileToLoad("object");
        assumeTrue(BpfFs.isMounted(BpfFs.ROOT), "no BPF file system at " + BpfFs.ROOT);
        folder = BpfFs.ROOT.resolve("tetragon-pin-test-" + ProcessHandle.current().pid());
        BpfFs.createDirectory(folder);
        object = BpfObject.open(elf, "object");
    }

    @AfterEach
    void close() throws IOException {
        if (object != null) {
            object.close();
        }
        if (folder != null) {
            Files.deleteIfExists(folder.resolve("link"));
            Files.deleteIfExists(folder.resolve("map"));
            Files.deleteIfExists(folder);
        }
    }

    private static long hits(BpfMap map, int key) {
        return map.lookup(TestObjects.bytes(key)).map(TestObjects::number).orElse(0L);
    }

    @Test
    void aPinnedLinkRunsOnWhenItsObjectIsClosedAndEndsWithItsPin() throws IOException {
        object.load();
        object.map("hits").pin(folder.resolve("map"));
        BpfLink link = object.program("by_raw_tp").attach();
        link.pin(folder.resolve("link"));
        LinkInfo info = link.info();
        object.close();
        object = null;
        try (StandaloneMap map = BpfMap.openPinned(folder.resolve("map"))) {
            long before = hits(map, RAW_TP_KEY);
            try (BpfLink opened = BpfLink.openPinned(folder.resolve("link"))) {
                assertEquals(info.id(), opened.info().id());
                assertEquals(info.programId(), opened.info().programId());
            }
            assertTrue(hits(map, RAW_TP_KEY) > before, "it runs on");
            link.unpin(folder.resolve("link"));
            // The kernel detaches behind a grace period, by and by.
            long last;
            do {
                last = hits(map, RAW_TP_KEY);
                LockSupport.parkNanos(20_000_000);
            } while (hits(map, RAW_TP_KEY) > last);
        }
        assertThrows(BpfException.class, () -> BpfLink.openPinned(folder.resolve("link")));
    }

    @Test
    void aPerfEventLinkThatIsPinnedRunsOnWhenItIsClosed() {
        assumeTrue(TraceFs.isMounted(), "no tracefs");
        object.load();
        BpfLink link = object.program("by_tracepoint").attach();
        link.pin(folder.resolve("link"));
        LinkInfo info = link.info();
        link.close();
        try (BpfLink opened = BpfLink.openPinned(folder.resolve("link"))) {
            assertEquals(info.id(), opened.info().id());
            long before = hits(object.map("hits"), TRACEPOINT_KEY);
            Libc.call("getppid");
            assertTrue(hits(object.map("hits"), TRACEPOINT_KEY) > before, "it runs on");
        }
    }

    @Test
    void theMemoryOfAProgramIsItsOwnAndThatOfItsMaps() {
        object.load();
        int program = object.program("by_raw_tp").info().id();
        long bytes = KernelMemory.ofPrograms(List.of(program));
        assertTrue(bytes > object.map("hits").memoryBytes(), "bytes: " + bytes);
        assertEquals(bytes, KernelMemory.ofPrograms(List.of(program, program)));
        assertEquals(0, KernelMemory.ofPrograms(List.of(Integer.MAX_VALUE)));
    }

    @Test
    void aPinOfAnotherKindIsNoLink() {
        object.load();
        object.map("hits").pin(folder.resolve("map"));
        BpfException e = assertThrows(BpfException.class, () -> BpfLink.openPinned(folder.resolve("map")));
        assertTrue(e.getMessage().contains("it is no link"), e.getMessage());
    }

    @Test
    void whatCannotBePinnedIsAnErrorThatSaysWhy() {
        object.load();
        BpfLink link = object.program("by_raw_tp").attach();
        assertEquals("EPERM", assertThrows(BpfException.class, () -> link.pin(folder.resolve("with.dot"))).errnoName());
        assertThrows(BpfException.class, () -> link.pin(Path.of("/tmp/no-bpf-file-system")));
        assertThrows(BpfException.class, () -> link.pin(folder.resolve("missing/link")));
        link.pin(folder.resolve("link"));
        assertEquals("EEXIST", assertThrows(BpfException.class, () -> link.pin(folder.resolve("link"))).errnoName());
    }

    @Test
    void aDirectoryIsForItsOwnerAloneAndMadeOnce() throws IOException {
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        assertEquals("EEXIST", assertThrows(BpfException.class, () -> BpfFs.createDirectory(folder)).errnoName());
        assertTrue(BpfFs.isDirectory(folder));
        Files.createSymbolicLink(folder.resolve("link"), folder);
        assertFalse(BpfFs.isDirectory(folder.resolve("link")));
        assertFalse(BpfFs.isMounted(Path.of("/tmp")));
        assertFalse(BpfFs.isMounted(Path.of("/no/such/path")));
    }

    @Test
    void aDirectoryIsLockedOnceAlsoUnderItsNewName() throws IOException {
        Path moved = folder.resolveSibling(folder.getFileName() + "-moved");
        DirectoryLock lock = DirectoryLock.tryLock(folder).orElseThrow();
        Files.move(folder, moved);
        try {
            assertTrue(DirectoryLock.tryLock(moved).isEmpty());
            lock.close();
            lock.close();
            DirectoryLock.tryLock(moved).orElseThrow().close();
        } finally {
            Files.move(moved, folder);
        }
        assertThrows(BpfException.class, () -> DirectoryLock.tryLock(moved));
        Files.createSymbolicLink(folder.resolve("link"), folder);
        assertThrows(BpfException.class, () -> DirectoryLock.tryLock(folder.resolve("link")));
    }
}
