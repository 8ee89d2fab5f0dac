// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.symbol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KernelSymbolsTest {
    private static final String LIST = """
            0000000000000000 A __per_cpu_start
            ffffffff81000000 T _stext
            ffffffff81000000 T _text
            ffffffff81000010 t __pfx_do_one
            ffffffff81000020 T do_one
            ffffffff81000080 W weak_one
            ffffffff81000100 D some_data
            ffffffffc0002000 t second_function\t[b_module]
            ffffffffc0000000 t first_function\t[a_module]
            ffffffffc0000040 t last_of_a\t[a_module]
            ffffffffc0100000 t bpf_prog_6deef7357e7b4530_x\t[bpf]
            """;

    private static KernelSymbols of(String list) throws IOException {
        return KernelSymbols.read(new ByteArrayInputStream(list.getBytes(StandardCharsets.UTF_8)));
    }

    private static String at(KernelSymbols symbols, long address) {
        StackFrame frame = symbols.frame(address);
        assertEquals(address, frame.address());
        return frame.symbol() + "+" + frame.offset() + (frame.module().isEmpty() ? "" : " " + frame.module());
    }

    @Test
    void anAddressIsTheFunctionBelowItAndItsModule() throws IOException {
        KernelSymbols symbols = of(LIST);
        assertEquals("do_one+0", at(symbols, 0xffffffff81000020L));
        assertEquals("do_one+95", at(symbols, 0xffffffff8100007fL));
        assertEquals("weak_one+1", at(symbols, 0xffffffff81000081L));
        assertEquals("_stext+4", at(symbols, 0xffffffff81000004L), "the first of several");
        assertEquals("first_function+63 a_module", at(symbols, 0xffffffffc000003fL));
        assertEquals("last_of_a+1 a_module", at(symbols, 0xffffffffc0000041L));
        assertEquals("second_function+16 b_module", at(symbols, 0xffffffffc0002010L));
        assertEquals("bpf_prog_6deef7357e7b4530_x+32 bpf", at(symbols, 0xffffffffc0100020L));
        assertEquals(8, symbols.size());
    }

    @Test
    void whatLiesFarBehindTheLastFunctionIsNotItsOwn() throws IOException {
        KernelSymbols symbols = of(LIST);
        for (long address : new long[] {0xffffffffc0005000L, 0xffffffff90000000L, 0xffffffffffffffffL,
            0xffffffff80ffffffL, 0, 1, 0x7fffffffffffL}) {
            assertEquals("+0", at(symbols, address));
        }
    }

    @Test
    void hiddenAddressesAreNone() throws IOException {
        KernelSymbols symbols = of("0000000000000000 T _text\n0000000000000000 t do_one\t[m]\n");
        assertTrue(symbols.isEmpty());
        assertEquals(StackFrame.unknown(-5), symbols.frame(-5));
    }

    @Test
    void linesThatTheKernelWouldNotWriteAreLeftOut() throws IOException {
        assertTrue(of("").isEmpty());
        assertTrue(of("\n\n \nffffffff81000000\nffffffff81000000 T\nxyz T f\n").isEmpty());
        assertTrue(of("f".repeat(3_000_000)).isEmpty());
        assertEquals("g+0", at(of("ffffffff81000000 T f" + "f".repeat(200_000) + "\nffffffff81000001 T g"),
                0xffffffff81000001L));
        Random random = new Random(9);
        for (int round = 0; round < 300; round++) {
            byte[] noise = LIST.getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 20; i++) {
                noise[random.nextInt(noise.length)] = (byte) random.nextInt();
            }
            KernelSymbols symbols = KernelSymbols.read(new ByteArrayInputStream(noise));
            symbols.frame(0xffffffff81000020L);
            symbols.frame(random.nextLong());
        }
    }

    @Test
    void theRealListIsReadWithinItsBounds() throws IOException {
        Path file = Path.of("/proc/kallsyms");
        KernelSymbols symbols = KernelSymbols.read(file);
        assumeFalse(symbols.isEmpty(), "the kernel hides its addresses from this user");
        assertTrue(symbols.size() > 10_000, () -> "only " + symbols.size());
        assertTrue(symbols.bytes() < 12 << 20, () -> symbols.bytes() + " bytes");
        List<String> some = Files.readAllLines(file).stream().filter(l -> l.contains(" T ") && !l.contains(" __pfx"))
                .filter(l -> l.endsWith(" vfs_read") || l.endsWith(" do_exit") || l.endsWith(" schedule")).toList();
        for (String line : some) {
            String[] fields = line.split("[ \t]");
            StackFrame frame = symbols.frame(Long.parseUnsignedLong(fields[0], 16) + 5);
            assertEquals(fields[2] + " 5", frame.symbol() + " " + frame.offset());
        }
        assertEquals(3, some.size(), some::toString);
    }
}
