// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that lie about themselves end in an ElfException or a result: no other exception, no endless work. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HostileFilesTest {
    private static final long CODE = ElfImage.CODE_ADDRESS;
    private static final Set<String> WANTED = Set.of("main", "main.main", "wanted", "f");

    @TempDir
    private Path folder = Path.of("/nonexistent");

    private static byte[] image(GoImage version) {
        return new ElfImage()
                .section(".text", 1, CODE, new byte[64], 0, 0)
                .symbols(false, new ElfImage.Symbols().function("main", ElfImage.GLOBAL, CODE)
                        .function("f@@V", ElfImage.LOCAL, CODE + 16).add("label", 0, 1, CODE + 32, 0, 0))
                .symbols(true, new ElfImage.Symbols().function("wanted", ElfImage.WEAK, CODE + 48))
                .section(".gopclntab", 1, GoImage.ADDRESS,
                        version.table(List.of("runtime.main", "main.main"), CODE), 0, 0)
                .section(".rela.dyn", 4, 0, new byte[48], 0, 24)
                .bytes();
    }

    private void read(byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve("file"), bytes);
        try (ElfFile elf = ElfFile.open(file)) {
            Functions.find(elf, WANTED);
            Functions.names(elf, name -> assertNotNull(name));
            elf.offsetOf(CODE);
            elf.codeAddressOf(ElfImage.CODE_OFFSET);
            elf.codeAddressOf((byte) 0xc3, address -> true);
        } catch (ElfException refused) {
            assertNotNull(refused.getMessage());
        }
    }

    @Test
    void cutAnywhereInTheirTables() throws IOException {
        byte[] file = image(GoImage.GO_1_20);
        for (int length = 0; length < file.length; length += length < 128 || length > 0x2000 ? 1 : 512) {
            read(Arrays.copyOf(file, length));
        }
    }

    @Test
    void withAnyFieldReplaced() throws IOException {
        long[] values = {0, 1, 0xffff, Integer.MAX_VALUE, Long.MAX_VALUE, Long.MIN_VALUE, -1, 1L << 40};
        for (GoImage version : List.of(GoImage.GO_1_2, GoImage.GO_1_20)) {
            byte[] file = image(version);
            for (int at = 0; at <= file.length - 8; at += at == 120 ? 0x2000 - 120 : 4) {
                for (long value : values) {
                    byte[] changed = file.clone();
                    ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value);
                    read(changed);
                }
            }
        }
    }

    @Test
    void withBytesReplacedAtRandom() throws IOException {
        Random random = new Random(17);
        for (int i = 0; i < 6000; i++) {
            byte[] changed = image(GoImage.values()[i % 4]);
            for (int n = random.nextInt(10); n >= 0; n--) {
                int at = random.nextBoolean() ? random.nextInt(128) : 0x2000 + random.nextInt(changed.length - 0x2000);
                changed[at] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextBoolean() ? -1 : 0);
            }
            read(changed);
        }
    }

    @Test
    void withNamesThatAllOverlap() throws IOException {
        ElfImage.Symbols symbols = new ElfImage.Symbols();
        for (int i = 0; i < 50_000; i++) {
            symbols.add(i == 0 ? "n".repeat(1 << 20) : "", ElfImage.GLOBAL | 2, 1, CODE, 16, 0);
        }
        byte[] file = new ElfImage().symbols(false, symbols).bytes();
        ByteBuffer memory = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int table = (int) memory.getLong((int) memory.getLong(40) + 64 + 24);
        Random random = new Random(3);
        for (int i = 1; i <= 50_000; i++) {
            // Somewhere within the long name, of which nearly all of it follows.
            memory.putInt(table + i * 24, 1 + random.nextInt(1 << 20));
        }
        read(file);
    }
}
