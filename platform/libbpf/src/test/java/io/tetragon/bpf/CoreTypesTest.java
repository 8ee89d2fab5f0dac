// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.bpf.btf.CoreRelocations;
import io.tetragon.bpf.internal.CoreTypes;
import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.Scratch;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What libbpf makes of an object must not depend on whether it sees all of the kernel's types or only ours. */
class CoreTypesTest {
    private static final Path ROOT = Path.of("../..");
    private static final int LOAD_IMMEDIATE_64 = 0x18;

    @TestFactory
    Stream<DynamicTest> objectsAreRelocatedAsWithAllTypes() throws IOException {
        TestObjects.requireBpf();
        assumeTrue(Files.isReadable(Path.of("/sys/kernel/btf/vmlinux")), "this kernel has no type information");
        List<Path> sources = new ArrayList<>();
        for (String folder : List.of("sensors", "platform/core", "it/bundles/rename", "bench")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".bpf.c") && file.toString().contains("src/main/bpf"))
                        .forEach(sources::add);
            }
        }
        assertFalse(sources.isEmpty());
        return sources.stream().sorted().map(source -> DynamicTest.dynamicTest(source.getFileName().toString(),
                () -> assertSameInstructions(TestObjects.compile(source, ROOT.resolve("bpf/include")))));
    }

    @Test
    void theFirstObjectGetsTheKernelsTypesAndTheOthersOursAndNoFileStaysOpen() throws Exception {
        byte[] elf = TestObjects.compileToLoad("types");
        assumeTrue(Files.isReadable(Path.of("/sys/kernel/btf/vmlinux")), "this kernel has no type information");
        BpfObject.open(elf, "first").close();
        for (int i = 0; i < 3; i++) {
            try (BpfObject object = BpfObject.open(elf, "opened only")) {
                assertEquals(2, typeFiles(), () -> "ours and that of object " + object.name());
            }
            assertEquals(1, typeFiles(), "ours");
            try (BpfObject object = BpfObject.open(elf, "loaded")) {
                object.load();
                assertEquals(1, typeFiles(), "not needed after the load");
            }
        }
    }

    @Test
    void whatCannotBeUnderstoodGetsTheKernelsTypes() throws Exception {
        byte[] elf = TestObjects.compile("types");
        for (int length = 0; length < elf.length; length += 97) {
            byte[] cut = Arrays.copyOf(elf, length);
            CoreTypes.Prepared prepared = CoreTypes.ofKernel().prepareSmall(cut, "cut");
            assertEquals("", prepared.path());
            assertSame(cut, prepared.elf());
        }
    }

    private static long typeFiles() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path file : files) {
                count += target(file).startsWith("/memfd:btf") ? 1 : 0;
            }
        }
        return count;
    }

    /** The directory's own descriptor is gone when it is asked for, and the JVM's threads close theirs. */
    private static String target(Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private static void assertSameInstructions(byte[] elf) {
        CoreTypes.Prepared prepared = CoreTypes.ofKernel().prepareSmall(elf, "small");
        boolean small = prepared.types() >= 0;
        Map<String, List<Long>> expected = instructions(new CoreTypes.Prepared(elf, -1));
        Map<String, List<Long>> actual = instructions(prepared);
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((program, instructions) -> assertEquals(instructions, actual.get(program), program));
        assertEquals(CoreRelocations.ofElf(elf).names().isEmpty(), !small,
                "whether there are relocations, and a file for them");
    }

    /** Of all programs, also those that this kernel refuses: relocation comes before. */
    private static Map<String, List<Long>> instructions(CoreTypes.Prepared prepared) {
        Map<String, List<Long>> all = new LinkedHashMap<>();
        try (BpfObject object = BpfObject.open(prepared, "types")) {
            try {
                object.load();
            } catch (BpfException e) {
                System.getLogger(CoreTypesTest.class.getName()).log(System.Logger.Level.DEBUG, e.getMessage());
            }
            for (BpfProgram program : object.programs()) {
                all.put(program.name(), instructions(program));
            }
        }
        return all;
    }

    private static List<Long> instructions(BpfProgram program) {
        long address = LibBpf.get().call("bpf_program__insns", program.pointer());
        int count = (int) LibBpf.get().call("bpf_program__insn_cnt", program.pointer());
        List<Long> instructions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            long instruction = Scratch.MEMORY.getLong(address + 8L * i);
            boolean map = (instruction & 0xff) == LOAD_IMMEDIATE_64 && (instruction & 0xf000) != 0;
            // a map's file descriptor differs from one load to the next
            instructions.add(map ? instruction & 0xffffffffL : instruction);
        }
        assertTrue(count > 0);
        return instructions;
    }
}
