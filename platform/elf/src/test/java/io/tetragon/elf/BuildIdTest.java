// SPDX-License-Identifier: Apache-2.0
package io.tetragon.elf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BuildIdTest {
    private static final byte[] ID = HexFormat.of().parseHex("93ac61ec5a8eb1396f9fbd350e3169a558528a40");

    @Test
    void isFoundInEveryKindOfFile() throws IOException {
        for (boolean wide : new boolean[] {true, false}) {
            for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
                for (int align : new int[] {4, 8}) {
                    byte[] file = new NoteImage(wide, order, align).note("GNU", 1, new byte[16]).note("stapsdt", 3, ID)
                            .note("GNU", 3, ID).bytes();
                    assertArrayEquals(ID, read(file), wide + " " + order + " " + align);
                }
            }
        }
    }

    @Test
    void isAsLongAsTheLinkerMadeIt() throws IOException {
        for (int size : new int[] {1, 8, 16, 20, 32, 64}) {
            assertEquals(size, read(image().note("GNU", 3, new byte[size]).bytes()).length);
        }
    }

    @Test
    void isNoneWhereThereIsNone() throws IOException {
        assertEquals(0, read(image().bytes()).length);
        assertEquals(0, read(image().note("GNU", 1, ID).note("Go", 3, ID).bytes()).length);
        assertEquals(0, read(image().note("GNU", 3, new byte[0]).bytes()).length);
        assertEquals(0, read(image().note("GNU", 3, new byte[65]).bytes()).length);
        assertEquals(0, read("#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII)).length);
        assertEquals(0, read(new byte[0]).length);
    }

    @Test
    void isNoneInFilesThatEndEarly() throws IOException {
        byte[] file = image().note("GNU", 3, ID).bytes();
        for (int length = 0; length < file.length; length++) {
            assertEquals(0, read(Arrays.copyOf(file, length)).length, "cut to " + length);
        }
    }

    @Test
    void doesNotLoseItselfInNumbersThatLie() throws IOException {
        byte[] file = image().note("GNU", 3, ID).bytes();
        long[] lies = {-1, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE, 0xffff_ffffL, file.length - 1, 1L << 62};
        for (int at : new int[] {32, 64 + 56 + 8, 64 + 56 + 32, 64 + 56 + 48}) {
            for (long lie : lies) {
                byte[] lying = file.clone();
                ByteBuffer.wrap(lying).order(ByteOrder.LITTLE_ENDIAN).putLong(at, lie);
                assertTrue(read(lying).length <= 64);
            }
        }
    }

    @Test
    void survivesDamageOfAnyKind() throws IOException {
        Random random = new Random(1);
        byte[] file = image().note("GNU", 1, new byte[16]).note("GNU", 3, ID).bytes();
        for (int i = 0; i < 20_000; i++) {
            byte[] damaged = file.clone();
            for (int n = random.nextInt(8); n >= 0; n--) {
                int at = random.nextInt(damaged.length);
                damaged[at] = (byte) (random.nextBoolean() ? random.nextInt() : random.nextBoolean() ? -1 : 0);
            }
            assertTrue(read(damaged).length <= 64);
        }
    }

    @Test
    void isWhatTheToolsShow() throws IOException, InterruptedException {
        Path readelf = Path.of("/usr/bin/readelf");
        assumeTrue(Files.isExecutable(readelf), "no readelf here");
        Path file = Path.of("/proc/self/exe").toRealPath();
        Process process = new ProcessBuilder(readelf.toString(), "-n", file.toString()).redirectErrorStream(true).start();
        String shown = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        assumeTrue(shown.contains("Build ID: "), file + " has no build id");
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            String id = HexFormat.of().formatHex(BuildId.read(channel));
            assertTrue(shown.contains("Build ID: " + id), id + " is not in " + shown);
        }
    }

    private static NoteImage image() {
        return new NoteImage(true, ByteOrder.LITTLE_ENDIAN, 4);
    }

    private byte[] read(byte[] bytes) throws IOException {
        try (SeekableByteChannel file = new MemoryChannel(bytes)) {
            return BuildId.read(file);
        }
    }
}
