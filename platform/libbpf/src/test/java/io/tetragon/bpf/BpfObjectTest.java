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
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BpfObjectTest {
    private static final byte[] PACKET = new byte[64];

    private BpfObject object;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        object = BpfObject.open(TestObjects.compileToLoad("object"), "object");
    }

    @AfterEach
    void close() {
        if (object != null) {
            object.close();
        }
    }

    @Test
    void programsAndMapsAreListed() {
        assertEquals(List.of("answer", "by_raw_tp", "by_tp_btf", "by_tracepoint", "by_uprobe", "by_kprobe", "refused",
                "by_fentry", "by_iterator"), object.programs().stream().map(BpfProgram::name).toList());
        assertTrue(object.hasMap("hits"));
        assertFalse(object.program("refused").autoload());
        assertEquals("raw_tp/sys_enter", object.program("by_raw_tp").section());
        BpfException error = assertThrows(BpfException.class, () -> object.program("nothing"));
        assertTrue(error.getMessage().contains("by_raw_tp"), error.getMessage());
    }

    @Test
    void constantsAreReadAndSetBeforeLoading() {
        assertEquals(7, object.readConstantInt("abi_version"));
        assertArrayEquals(new byte[] {1, 0, 0, 0, 2, 0, 0, 0}, object.readConstant("point"));
        object.setConstant("enabled", true);
        object.setConstant("small", 255);
        object.setConstant("wide", 1000L);
        object.setConstant("point", new byte[] {10, 0, 0, 0, 20, 0, 0, 0});
        object.load();
        assertEquals(1000 + 255 + 10 + 20 + 7, object.program("answer").testRun(PACKET, 0, new byte[0]).returnValue());
        assertThrows(IllegalStateException.class, () -> object.setConstant("wide", 1));
    }

    @Test
    void aConstantThatIsMissingOrTooSmallIsAnError() {
        assertTrue(assertThrows(BpfException.class, () -> object.setConstant("nothing", 1)).getMessage()
                .contains("abi_version"));
        assertThrows(BpfException.class, () -> object.setConstant("small", 256));
        assertThrows(BpfException.class, () -> object.setConstant("abi_version", 1L << 32));
        assertThrows(BpfException.class, () -> object.setConstant("point", new byte[4]));
        assertThrows(BpfException.class, () -> object.readConstantInt("wide"));
    }

    @Test
    void whatTheVerifierRefusesIsOneLineWithTheLogOnDemand() {
        object.program("refused").setAutoload(true);
        BpfException error = assertThrows(BpfException.class, object::load);
        assertEquals(1, error.getMessage().lines().count(), error.getMessage());
        assertTrue(error.getMessage().contains("program refused: invalid bpf_context access off=4096"), error.getMessage());
        assertTrue(error.verifierLog().lines().count() > 2, error.verifierLog());
        assertTrue(List.of("EACCES", "EINVAL").contains(error.errnoName()), error.errnoName());
    }

    @Test
    void bytesThatAreNoObjectAreAnError() {
        BpfException error = assertThrows(BpfException.class, () -> BpfObject.open(new byte[100], "junk"));
        assertTrue(error.getMessage().startsWith("cannot open BPF object junk"), error.getMessage());
    }

    @Test
    void attachedProgramsRunUntilTheirLinkIsClosed() {
        object.load();
        BpfLink link = object.program("by_raw_tp").attach();
        assertTrue(link.info().id() > 0);
        assertEquals(object.program("by_raw_tp").info().id(), link.info().programId());
        assertTrue(hits(1) > 0);
        link.close();
        link.close();
        assertEquals(List.of(), object.links());
        long after = hits(1);
        possibleSystemCalls();
        assertEquals(after, hits(1));
    }

    @Test
    void aProgramAttachesByNameOfItsHook() throws IOException, InterruptedException {
        object.load();
        object.program("by_raw_tp").attachRawTracepoint("sys_exit");
        assertTrue(hits(1) > 0);
        object.program("by_tp_btf").attachTrace(0);
        new ProcessBuilder("true").start().waitFor();
        assertTrue(hits(2) > 0);
    }

    @Test
    void perfTracepointsAttachWhereTracefsIsThere() {
        object.load();
        try {
            object.program("by_tracepoint").attachTracepoint("syscalls", "sys_enter_read", 0);
        } catch (BpfException e) {
            assumeTrue(false, e.getMessage());
        }
        possibleSystemCalls();
        assertTrue(hits(3) > 0);
    }

    @Test
    void aUprobeSeesCallsOfTheLibrary() throws IOException, InterruptedException {
        object.program("by_uprobe").setAutoload(true);
        object.load();
        Path libc = Files.lines(Path.of("/proc/self/maps")).filter(line -> line.endsWith("/libc.so.6"))
                .map(line -> Path.of(line.substring(line.indexOf('/')))).findFirst().orElseThrow();
        try {
            object.program("by_uprobe").attachUprobe(libc, "getenv", 0, UprobeOptions.ENTRY);
        } catch (BpfException e) {
            assumeTrue(false, e.getMessage());
        }
        new ProcessBuilder("sh", "-c", "date").start().waitFor();
        assertTrue(hits(4) > 0);
    }

    @Test
    void manyPlacesOfAFileAreAttachedWithOneLink() throws IOException, InterruptedException {
        try (KernelFeatures features = new KernelFeatures()) {
            assumeTrue(features.has("uprobe_multi"), features.feature("uprobe_multi")::reason);
        }
        Path file = Path.of("/bin/true").toRealPath();
        object.program("by_uprobe").setAutoload(true).setExpectedAttachType(AttachType.TRACE_UPROBE_MULTI);
        object.load();
        BpfLink link = object.program("by_uprobe").attachUprobeMulti(new UprobeMultiTargets(file,
                new long[] {entryPoint(Files.readAllBytes(file))}, new long[0], new long[] {1}, 0, false,
                AttachType.TRACE_UPROBE_MULTI));
        assertTrue(link.info().id() > 0);
        new ProcessBuilder(file.toString()).start().waitFor();
        assertEquals(1, hits(4));
    }

    /** File offset of an ELF file's first instruction. */
    private static long entryPoint(byte[] elf) {
        ByteBuffer file = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
        long entry = file.getLong(24);
        for (int i = 0; i < file.getShort(56); i++) {
            int header = (int) file.getLong(32) + i * file.getShort(54);
            long start = file.getLong(header + 16);
            if (file.getInt(header) == 1 && entry >= start && entry < start + file.getLong(header + 32)) {
                return entry - start + file.getLong(header + 8);
            }
        }
        throw new AssertionError("no segment contains the entry point");
    }

    @Test
    void anIteratorProgramWritesWhatItVisits() {
        object.program("by_iterator").setAutoload(true);
        object.load();
        BpfLink link = object.program("by_iterator").attachIterator();
        String output = new String(link.iterate(1 << 20), StandardCharsets.US_ASCII);
        assertTrue(output.startsWith("tasktask"), output);
        assertThrows(BpfException.class, () -> link.iterate(4));
    }

    @Test
    void aMissingKernelFeatureIsNamedWhenAttachingFails() {
        try (KernelFeatures features = new KernelFeatures()) {
            assumeTrue(!features.has("kprobe"), "this kernel has kprobes");
            object.program("by_kprobe").setAutoload(true);
            object.load();
            BpfException error = assertThrows(BpfException.class,
                    () -> object.program("by_kprobe").attachKprobe("do_unlinkat", KprobeOptions.ENTRY));
            assertTrue(error.getMessage().contains("built without kprobes"), error.getMessage());
        }
    }

    @Test
    void aKprobeThisKernelCannotAttachIsAClearError() {
        object.program("by_kprobe").setAutoload(true);
        object.load();
        try {
            BpfLink link = object.program("by_kprobe").attachKprobe("no_such_function", KprobeOptions.ENTRY);
            link.close();
            throw new AssertionError("attached to a function that does not exist");
        } catch (BpfException e) {
            assertTrue(e.getMessage().startsWith("cannot attach by_kprobe to kprobe/no_such_function: "),
                    e.getMessage());
        }
    }

    @Test
    void loadingTwiceOrUsingAClosedObjectIsAMistakeOfTheCaller() {
        object.load();
        assertThrows(IllegalStateException.class, object::load);
        BpfProgram program = object.program("answer");
        BpfMap map = object.map("hits");
        object.close();
        assertThrows(IllegalStateException.class, program::attach);
        assertThrows(IllegalStateException.class, () -> map.lookup(new byte[4]));
        assertThrows(IllegalStateException.class, program::info);
    }

    @Test
    void aSharedMapIsUsedInsteadOfAnOwn() {
        try (StandaloneMap shared = BpfMap.create(new MapSpec("hits", MapType.HASH, 4, 8, 100, 0))) {
            object.map("hits").reuse(shared);
            object.load();
            assertEquals(shared.info().id(), object.map("hits").info().id());
            object.program("by_raw_tp").attach();
            possibleSystemCalls();
            assertTrue(shared.lookup(TestObjects.bytes(1)).isPresent());
            object.close();
            assertTrue(shared.lookup(TestObjects.bytes(1)).isPresent());
        }
    }

    @Test
    void runStatisticsCountRuns() {
        object.load();
        try (RunStatistics statistics = RunStatistics.enable()) {
            object.program("answer").testRun(PACKET, 0, new byte[0]);
            assertTrue(object.program("answer").info().runs() > 0, statistics::toString);
        }
        ProgramInfo info = object.program("answer").info();
        assertEquals(16, info.tag().length());
        assertTrue(info.translatedBytes() > 0);
    }

    private long hits(int key) {
        return object.map("hits").lookup(TestObjects.bytes(key)).map(TestObjects::number).orElse(0L);
    }

    private static void possibleSystemCalls() {
        try {
            Files.readString(Path.of("/proc/self/comm"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
