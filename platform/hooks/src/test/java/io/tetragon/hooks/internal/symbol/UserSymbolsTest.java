// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.elf.FunctionMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Addresses in processes: real mappings and real files, and files that mean harm. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class UserSymbolsTest {
    private static final long PROCESS = ProcessHandle.current().pid();
    private static final Path SELF = Path.of("/proc", Long.toString(PROCESS));

    @TempDir
    private Path folder = Path.of("/nonexistent");

    private static Path libc() throws IOException {
        return Files.readAllLines(SELF.resolve("maps")).stream().map(l -> l.replaceFirst(".* ", ""))
                .filter(p -> p.matches("/.*/libc\\.so\\.6|/.*/libc-.*\\.so")).map(Path::of).findFirst()
                .orElse(Path.of("/nonexistent"));
    }

    private static FunctionMap read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return FunctionMap.read(channel);
        }
    }

    /** Offset in the file of a function of the C library, by the tool of the trade. */
    private static long offsetOf(Path library, String function) throws IOException, InterruptedException {
        Process nm;
        try {
            nm = new ProcessBuilder("nm", "-D", "--defined-only", library.toString()).start();
        } catch (IOException e) {
            assumeTrue(false, "no nm to compare with: " + e.getMessage());
            return 0;
        }
        String line = new String(nm.getInputStream().readAllBytes()).lines()
                .filter(l -> l.matches("[0-9a-f]+ [TWi] " + function + "(@.*)?")).findFirst().orElseThrow();
        nm.waitFor();
        return Long.parseLong(line.substring(0, line.indexOf(' ')), 16);
    }

    @Test
    void functionsOfTheCLibraryAreFoundByTheirOffsets() throws IOException, InterruptedException {
        Path libc = libc();
        assumeTrue(Files.exists(libc), "no glibc in this process");
        FunctionMap symbols = read(libc);
        assertTrue(symbols.size() > 1000, () -> symbols.size() + " functions");
        for (String function : List.of("qsort_r", "getaddrinfo", "fopen64")) {
            // Text of the C library is where its addresses say.
            String found = symbols.at(offsetOf(libc, function) + 3);
            assertEquals(offsetOf(libc, function), offsetOf(libc, found), function + " was taken for " + found);
        }
        assertEquals("", symbols.at(0));
        assertEquals("", symbols.at(Long.MAX_VALUE));
        assertEquals("", symbols.at(-1));
    }

    @Test
    void addressesOfAProcessAreModuleOffsetAndFunction() throws IOException, InterruptedException {
        Path libc = libc();
        assumeTrue(Files.exists(libc), "no glibc in this process");
        assumeTrue(Files.isReadable(SELF.resolve("map_files")) && isRoot(), "map_files is for root");
        ProcessMaps.Mapping text = ProcessMaps.read(SELF).find(addressIn(libc));
        assertNotNull(text);
        long offset = offsetOf(libc, "qsort_r");
        UserSymbols symbols = new UserSymbols(Path.of("/proc"));
        long[] stack = {text.start() - text.offset() + offset + 4, 8, -1};
        for (int round = 0; round < 3; round++) {
            StackFrame[] frames = symbols.frames((int) PROCESS, stack);
            assertEquals(new StackFrame(stack[0], offset + 4, "qsort_r", libc.toString()), frames[0]);
            assertEquals(StackFrame.unknown(8), frames[1]);
            assertEquals(StackFrame.unknown(-1), frames[2]);
        }
        assertEquals(1, symbols.files());
        assertTrue(symbols.bytes() > 10_000 && symbols.bytes() < 1 << 20, () -> symbols.bytes() + " bytes");
    }

    @Test
    void manyFilesStayWithinTheBounds() throws IOException {
        UserSymbols symbols = new UserSymbols(Path.of("/proc"));
        assumeTrue(isRoot(), "map_files is for root");
        long[] everywhere = Files.readAllLines(SELF.resolve("maps")).stream().filter(l -> l.contains(" r-xp "))
                .mapToLong(l -> Long.parseUnsignedLong(l.substring(0, l.indexOf('-')), 16)).toArray();
        StackFrame[] frames = symbols.frames((int) PROCESS, everywhere);
        assertEquals(everywhere.length, frames.length);
        assertTrue(Arrays.stream(frames).anyMatch(f -> f.module().endsWith("libjvm.so")));
        assertTrue(symbols.bytes() <= 32 << 20, () -> symbols.bytes() + " bytes");
    }

    @Test
    void aProcessThatIsGoneHasAddressesOnly() {
        assertEquals(StackFrame.unknown(77), new UserSymbols(Path.of("/proc")).frames(-7, new long[] {77})[0]);
    }

    @Test
    void mapsMayHoldAnyPathAndAnyLine() {
        ProcessMaps maps = ProcessMaps.parse("""
                55d0-55e0 r-xp 00001000 fe:00 12                     /tmp/a b (deleted)
                55e0-55f0 rw-p 00000000 00:00 0                      [heap]
                ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
                x-y r-xp 0 0 0 /broken
                1234 r-xp 0 0 0 /broken
                1-2
                7000-8000 r-xp 00000000 00:00 0""");
        assertEquals(new ProcessMaps.Mapping(0x55d0, 0x55e0, 0x1000, "/tmp/a b (deleted)"), maps.find(0x55df));
        assertEquals(null, maps.find(0x55e0), "not executable");
        ProcessMaps.Mapping vsyscall = maps.find(0xffffffffff600010L);
        assertNotNull(vsyscall);
        assertEquals("[vsyscall]", vsyscall.path());
        ProcessMaps.Mapping anonymous = maps.find(0x7000);
        assertNotNull(anonymous);
        assertEquals("", anonymous.path());
        assertEquals(null, maps.find(1));
    }

    @Test
    void damagedFilesHaveNoFunctionsOrSome() throws IOException {
        Path good = Stream.of("/usr/bin/true", "/bin/true").map(Path::of).filter(Files::exists).findFirst().orElseThrow();
        byte[] elf = Files.readAllBytes(good);
        Random random = new Random(5);
        Path file = folder.resolve("elf");
        for (int round = 0; round < 1000; round++) {
            byte[] bytes = elf.clone();
            ByteBuffer memory = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            int sections = (int) memory.getLong(40);
            for (int i = random.nextInt(12); i >= 0; i--) {
                int at = switch (random.nextInt(3)) {
                    case 0 -> 4 + random.nextInt(60);
                    case 1 -> Math.min(bytes.length - 8, sections + random.nextInt(64 * 30));
                    default -> random.nextInt(bytes.length - 8);
                };
                switch (random.nextInt(3)) {
                    case 0 -> memory.put(at, (byte) random.nextInt());
                    case 1 -> memory.putInt(at, random.nextInt() >> random.nextInt(32));
                    default -> memory.putLong(at, random.nextLong() >> random.nextInt(64));
                }
            }
            Files.write(file, random.nextInt(10) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes);
            FunctionMap symbols = read(file);
            for (int i = 0; i < 20; i++) {
                symbols.at(random.nextInt(bytes.length));
                symbols.at(random.nextLong());
            }
            assertTrue(symbols.bytes() < 64 << 20, () -> symbols.bytes() + " bytes");
        }
    }

    @Test
    void filesOfAnotherKindHaveNoFunctions() throws IOException {
        Path file = Files.write(folder.resolve("text"), "#!/bin/sh\n".repeat(100).getBytes());
        assertEquals(0, read(file).size());
        assertEquals(0, read(Files.write(file, new byte[0])).size());
    }

    private static boolean isRoot() {
        try {
            return (Integer) Files.getAttribute(SELF, "unix:uid") == 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long addressIn(Path library) throws IOException {
        return Files.readAllLines(SELF.resolve("maps")).stream()
                .filter(l -> l.endsWith(library.toString()) && l.contains(" r-xp "))
                .mapToLong(l -> Long.parseUnsignedLong(l.substring(0, l.indexOf('-')), 16)).findFirst().orElseThrow();
    }
}
