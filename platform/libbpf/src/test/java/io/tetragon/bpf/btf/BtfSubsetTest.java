// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.bpf.TestObjects;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BtfSubsetTest {
    private static final int MUTATIONS = 5_000;
    private static final Set<String> NAMES = Set.of("outer", "color", "tiny", "number", "no_such_type");

    @Test
    void typesKeepTheirMembersAndWhatLiesInThemByValue() throws IOException, InterruptedException {
        Btf whole = types();
        BtfSubset subset = BtfSubset.of(whole, NAMES);
        Btf small = Btf.parse(subset.section());
        assertTrue(small.typeCount() < whole.typeCount());
        assertEquals(sizesAndOffsets(whole, "outer"), sizesAndOffsets(small, "outer"));
        BtfType.Enum color = (BtfType.Enum) small.type(small.find("color", BtfType.Enum.class).orElseThrow());
        assertEquals(List.of(new BtfType.Constant("RED", 3), new BtfType.Constant("BLUE", 5)), color.constants());
        assertTrue(small.find("inner", BtfType.Struct.class).isPresent(), "embedded");
        assertFalse(small.find("behind_pointer", BtfType.Struct.class).isPresent(), "only pointed to");
    }

    @Test
    void namesAreFoundWithAndWithoutFlavours() throws IOException, InterruptedException {
        BtfSubset subset = BtfSubset.of(types(), NAMES);
        assertTrue(subset.has("outer"));
        assertFalse(subset.has("no_such_type"));
        assertEquals(2, subset.ids("tiny", BtfDecoder.STRUCT).size(), "tiny and tiny___other");
        assertEquals(1, subset.ids("color", BtfDecoder.ENUM64).size(), "of either width");
        assertTrue(subset.ids("color", BtfDecoder.STRUCT).isEmpty());
        Map<String, String> names = new LinkedHashMap<>(Map.of("a___b", "a", "a___b___c", "a___b", "a____b", "a____b",
                "___b", "___b", "a___", "a___", "a", "a", "", "", "a_b__c", "a_b__c"));
        names.forEach((name, plain) -> assertEquals(plain, BtfNames.withoutFlavour(name), name));
    }

    @Test
    void shortNamesAreFoundToo() throws IOException, InterruptedException {
        Btf whole = types();
        assertTrue(BtfSubset.of(whole, Set.of("xy")).has("xy"));
        assertTrue(BtfSubset.hasAny(whole, Set.of("xy", "no_such_type")));
        assertFalse(BtfSubset.hasAny(whole, Set.of("no_such_type")));
    }

    @Test
    void theKernelsTypesAreTheSameInTheSubset() throws IOException {
        Path vmlinux = Path.of("/sys/kernel/btf/vmlinux");
        assumeTrue(Files.isReadable(vmlinux), "this kernel has no type information");
        Btf whole = Btf.parse(Files.readAllBytes(vmlinux));
        BtfSubset subset = BtfSubset.of(whole, Set.of("task_struct", "pid", "sk_buff"));
        Btf small = Btf.parse(subset.section());
        for (String name : List.of("task_struct", "pid", "sk_buff")) {
            assertEquals(sizesAndOffsets(whole, name), sizesAndOffsets(small, name), name);
        }
    }

    @Test
    void damagedTypesAreMalformedAndNothingElse() throws IOException, InterruptedException {
        byte[] section = ElfSections.find(TestObjects.compile("types"), ".BTF");
        Random random = new Random(1);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] damaged = damage(section, random);
            tolerate(() -> Btf.parse(BtfSubset.of(Btf.parse(damaged), NAMES).section()));
        }
    }

    @Test
    void typeIdsArePutIntoInstructionsAndTheirRelocationsTaken() throws IOException, InterruptedException {
        byte[] elf = TestObjects.compile("types");
        byte[] before = elf.clone();
        CoreRelocations relocations = CoreRelocations.ofElf(elf);
        assertTrue(relocations.answeredBySubset());
        assertEquals(Set.of("task_struct", "pid"), relocations.names());
        byte[] changed = relocations.withTypeIds(BtfSubset.of(kernelLike(), relocations.names()));
        assertArrayEquals(before, elf, "the original is not changed");
        assertEquals(Set.of("task_struct"), CoreRelocations.ofElf(changed).names());
        assertSame(changed, CoreRelocations.ofElf(changed).withTypeIds(BtfSubset.of(kernelLike(), Set.of())));
        ByteBuffer program = ElfSections.view(changed, "raw_tp/sys_enter");
        int ids = 0;
        for (int at = 0; at < program.limit(); at += 8) {
            ids += program.getInt(at + 4) == 1 && (program.get(at) & 7) != 5 ? 1 : 0;
        }
        assertTrue(ids > 0, "the id of struct pid, which is 1");
    }

    @Test
    void damagedObjectsAreMalformedAndNothingElse() throws IOException, InterruptedException {
        byte[] elf = TestObjects.compile("types");
        Random random = new Random(2);
        ByteBuffer extension = ElfSections.view(elf, ".BTF.ext");
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] damaged = i % 2 == 0 ? damage(elf, random) : elf.clone();
            damaged[extension.arrayOffset() + random.nextInt(extension.limit())] = (byte) random.nextInt();
            tolerate(() -> {
                CoreRelocations relocations = CoreRelocations.ofElf(damaged);
                relocations.withTypeIds(BtfSubset.of(kernelLike(), relocations.names()));
            });
            CoreRelocations.mayBeIn(damaged);
        }
    }

    private static Btf types() throws IOException, InterruptedException {
        return Btf.ofElf(TestObjects.compile("types"));
    }

    /** A section with {@code struct pid} only. */
    private static Btf kernelLike() {
        return Btf.parse(ByteBuffer.allocate(24 + 12 + 5).order(ByteOrder.LITTLE_ENDIAN).putShort((short) 0xeb9f)
                .putShort((short) 1).putInt(24).putInt(0).putInt(12).putInt(12).putInt(5)
                .putInt(1).putInt(BtfDecoder.STRUCT << 24).putInt(0).put("\0pid\0".getBytes()).array());
    }

    private static byte[] damage(byte[] bytes, Random random) {
        byte[] damaged = bytes.clone();
        for (int n = random.nextInt(4); n >= 0; n--) {
            damaged[random.nextInt(damaged.length)] = random.nextBoolean() ? (byte) random.nextInt() : (byte) 0xff;
        }
        return damaged;
    }

    private static void tolerate(Runnable use) {
        try {
            use.run();
        } catch (BtfFormatException expected) {
            assertFalse(expected.getMessage().isEmpty());
        }
    }

    private static Map<String, String> sizesAndOffsets(Btf btf, String name) {
        int id = btf.find(name, BtfType.Struct.class).orElseThrow();
        Map<String, String> members = new LinkedHashMap<>(Map.of("", String.valueOf(btf.sizeOf(id))));
        collect(btf, id, "", members);
        return members;
    }

    private static void collect(Btf btf, int id, String path, Map<String, String> members) {
        int index = 0;
        for (BtfType.Member member : ((BtfType.Struct) btf.type(id)).members()) {
            int plain = btf.resolve(member.type());
            String at = path + "/" + index++ + member.name();
            String size = btf.type(plain) instanceof BtfType.Forward ? "" : String.valueOf(btf.sizeOf(plain));
            members.put(at, member.bitOffset() + ":" + member.bits() + " of " + size + " "
                    + btf.type(plain).getClass().getSimpleName());
            if (btf.type(plain) instanceof BtfType.Struct) {
                collect(btf, plain, at, members);
            }
        }
    }
}
