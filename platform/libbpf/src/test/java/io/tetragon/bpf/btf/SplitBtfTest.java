// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.btf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Sections that continue another, as those of kernel modules do, and the index of names. */
class SplitBtfTest {
    private static final int INT = 1 << 24;
    private static final int POINTER = 2 << 24;
    private static final int STRUCT = 4 << 24;

    private static final byte[] BASE = section("\0int\0common\0x\0", words(
            1, INT, 4, 32,
            5, STRUCT | 1, 4, 12, 1, 0));

    /** Its strings begin at 14, its types at 3; it names a member by the kernel's string. */
    private static final byte[] MODULE = section("own\0y\0", words(
            0, POINTER, 2,
            14, STRUCT | 2, 16, 12, 3, 0, 18, 4, 64,
            0, POINTER, 4));

    @Test
    void aModulesTypesContinueThoseOfTheKernel() {
        Btf base = Btf.parse(BASE);
        Btf module = Btf.parse(MODULE, base);
        assertEquals(3, module.firstType());
        assertEquals(6, module.typeCount());
        assertEquals(base.type(2), module.type(2));
        BtfType.Struct own = (BtfType.Struct) module.type(4);
        assertEquals("own", own.name());
        assertEquals("x", own.members().get(0).name());
        assertEquals("y", own.members().get(1).name());
        assertEquals(2, ((BtfType.Pointer) module.type(3)).target());
        assertEquals(16, module.sizeOf(4));
        assertEquals(OptionalInt.of(4), module.find("own", BtfType.Struct.class));
        assertEquals(OptionalInt.of(2), module.find("common", BtfType.Struct.class));
        assertEquals(OptionalInt.empty(), base.find("own", BtfType.Struct.class));
        assertThrows(BtfFormatException.class, () -> module.type(6));
        assertThrows(BtfFormatException.class, () -> base.type(3));
    }

    @Test
    void anIndexHasTheOwnTypesOnly() {
        Btf base = Btf.parse(BASE);
        BtfIndex index = BtfIndex.of(Btf.parse(MODULE, base));
        assertEquals(OptionalInt.of(4), index.find("own", BtfType.Struct.class));
        assertEquals(OptionalInt.empty(), index.find("own", BtfType.Typedef.class));
        assertEquals(OptionalInt.empty(), index.find("common", BtfType.Struct.class));
        assertEquals(OptionalInt.of(2), BtfIndex.of(base).find("common", BtfType.Struct.class));
        assertEquals(OptionalInt.empty(), BtfIndex.of(base).find("", BtfType.Struct.class));
    }

    @Test
    void anIndexFindsWhatAWalkFinds() throws IOException {
        Path vmlinux = Path.of("/sys/kernel/btf/vmlinux");
        assumeTrue(Files.isReadable(vmlinux), "this kernel has no type information");
        Btf btf = Btf.parse(Files.readAllBytes(vmlinux));
        BtfIndex index = BtfIndex.of(btf);
        Random random = new Random(3);
        IntStream.generate(() -> 1 + random.nextInt(btf.typeCount() - 1)).limit(200).forEach(id -> {
            BtfType type = btf.type(id);
            OptionalInt walked = btf.find(type.name(), type.getClass());
            assertEquals(type.name().isEmpty() ? OptionalInt.empty() : walked,
                    index.find(type.name(), type.getClass()), type.name());
        });
    }

    @Test
    void damagedContinuationsAreMalformedAndNothingElse() {
        Btf base = Btf.parse(BASE);
        Random random = new Random(2);
        for (int i = 0; i < 5_000; i++) {
            byte[] damaged = Arrays.copyOf(MODULE, MODULE.length - (i % 5 == 0 ? random.nextInt(MODULE.length) : 0));
            for (int n = damaged.length == 0 ? -1 : random.nextInt(4); n >= 0; n--) {
                damaged[random.nextInt(damaged.length)] = random.nextBoolean() ? (byte) random.nextInt() : (byte) 0xff;
            }
            try {
                Btf module = Btf.parse(damaged, base);
                BtfIndex.of(module).find("own", BtfType.Struct.class);
                for (int id = -1; id <= module.typeCount(); id++) {
                    module.type(id);
                    module.sizeOf(id);
                }
            } catch (BtfFormatException expected) {
                assertTrue(!expected.getMessage().isEmpty());
            }
        }
    }

    private static byte[] words(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(words).forEach(bytes::putInt);
        return bytes.array();
    }

    private static byte[] section(String strings, byte[] types) {
        byte[] text = strings.getBytes(StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream section = new ByteArrayOutputStream();
        section.writeBytes(words(0x1eb9f, 24, 0, types.length, types.length, text.length));
        section.writeBytes(types);
        section.writeBytes(text);
        return section.toByteArray();
    }
}
