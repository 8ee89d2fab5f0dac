// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.bpf.TestObjects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BtfTest {
    private static final int MUTATIONS = 5_000;

    @Test
    void theTypesOfAnObjectAreRead() throws IOException, InterruptedException {
        Btf btf = Btf.ofElf(TestObjects.compile("object"));
        RecordLayout point = RecordLayout.of(btf, "point");
        assertEquals(8, point.size());
        assertEquals(new RecordLayout.Field("y", 4, 4, false), point.fields().get(1));
        assertTrue(btf.find("by_raw_tp", BtfType.Function.class).isPresent());
        assertTrue(btf.find("by_raw_tp", BtfType.Struct.class).isEmpty());
        int version = btf.find("abi_version", BtfType.Variable.class).orElseThrow();
        assertEquals(4, btf.sizeOf(((BtfType.Variable) btf.type(version)).type()));
    }

    @Test
    void theKernelsTypesAreRead() throws IOException {
        Path vmlinux = Path.of("/sys/kernel/btf/vmlinux");
        assumeTrue(Files.isReadable(vmlinux), "this kernel has no type information");
        Btf btf = Btf.parse(Files.readAllBytes(vmlinux));
        for (int id = 0; id < btf.typeCount(); id++) {
            btf.type(id);
        }
        int task = btf.find("task_struct", BtfType.Struct.class).orElseThrow();
        assertTrue(btf.sizeOf(task) > 1000);
        assertTrue(btf.find("btf_trace_sched_process_exec", BtfType.Typedef.class).isPresent());
    }

    @Test
    void truncatedInputIsMalformedAndNothingElse() throws IOException, InterruptedException {
        byte[] elf = TestObjects.compile("object");
        byte[] section = ElfSections.find(elf, ".BTF");
        for (int length = 0; length < section.length; length++) {
            byte[] part = Arrays.copyOf(section, length);
            assertThrows(BtfFormatException.class, () -> Btf.parse(part));
        }
        for (int length = 0; length < elf.length; length += 7) {
            walk(Arrays.copyOf(elf, length), true);
        }
    }

    @Test
    void damagedInputIsMalformedAndNothingElse() throws IOException, InterruptedException {
        byte[] elf = TestObjects.compile("object");
        byte[] section = ElfSections.find(elf, ".BTF");
        Random random = new Random(1);
        for (int i = 0; i < MUTATIONS; i++) {
            boolean whole = i % 4 == 0;
            byte[] damaged = (whole ? elf : section).clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                // damage to the first bytes and to section headers is the most telling
                int at = random.nextBoolean() ? random.nextInt(damaged.length)
                        : whole ? damaged.length - 1 - random.nextInt(2000) : random.nextInt(400);
                damaged[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) 0xff;
            }
            walk(damaged, whole);
        }
    }

    /** Does everything a user could do, and lets only the package's own exception pass. */
    private static void walk(byte[] bytes, boolean elf) {
        Btf btf;
        try {
            btf = elf ? Btf.ofElf(bytes) : Btf.parse(bytes);
        } catch (BtfFormatException e) {
            return;
        }
        for (int id = -1; id <= btf.typeCount(); id++) {
            int type = id;
            tolerate(() -> btf.type(type));
            tolerate(() -> btf.sizeOf(type));
        }
        tolerate(() -> RecordLayout.of(btf, "point"));
        tolerate(() -> btf.find(".rodata", BtfType.DataSection.class));
    }

    private static void tolerate(Runnable use) {
        try {
            use.run();
        } catch (BtfFormatException expected) {
            assertTrue(!expected.getMessage().isEmpty());
        }
    }
}
