// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.sensor.loader.internal.MapsFile.Line;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MapsFileTest {
    @Test
    void tellsExecutableMappingsOfFiles() throws IOException {
        assertEquals(List.of(
                        new Line("7f00a000-7f00b000", 0xfe00000, 12, "/usr/lib/libc.so.6", false),
                        new Line("400000-401000", 0xfe00000, 13, "/tmp/a b\nc", false),
                        new Line("401000-402000", 0xfe00000, 14, "/tmp/gone", true),
                        new Line("402000-403000", 1, 15, "/memfd:lib", true),
                        new Line("403000-404000", 5, 16, "/dev/zero", false)),
                read("""
                        7f00a000-7f00b000 r-xp 00001000 fe:00 12                         /usr/lib/libc.so.6
                        00400000-00401000 rwxp 00000000 fe:00 13 /tmp/a b\\012c
                        00401000-00402000 --xs 00000000 fe:00 14 /tmp/gone (deleted)
                        00402000-00403000 r-xs 00000000 00:01 15 /memfd:lib (deleted)
                        00403000-00404000 r-xs 00000000 00:05 16 /dev/zero
                        """));
    }

    @Test
    void leavesOutWhatIsNoFileOrNotExecutable() throws IOException {
        assertEquals(List.of(), read("""
                7f00a000-7f00b000 r--p 00001000 fe:00 12                         /usr/lib/libc.so.6
                7f00a000-7f00b000 r-xp 00000000 00:00 0
                7f00a000-7f00b000 r-xp 00000000 00:00 0                          [vdso]
                7f00a000-7f00b000 r-xp 00000000 00:00 0                          //anon
                7f00a000-7f00b000 rwxs 00000000 00:01 99                         /dev/zero (deleted)
                7f00a000-7f00b000 rwxs 00000000 00:01 99                         /SYSV00000000 (deleted)
                7f00a000-7f00b000 rwxp 00000000 00:0f 99                         /anon_hugepage (deleted)
                """));
    }

    @Test
    void keepsTheBytesOfNames() throws IOException {
        byte[] line = "1-2 r-xp 0 0:1 5 /x\u00ff\u0080".getBytes(StandardCharsets.ISO_8859_1);
        assertArrayEquals(new byte[] {'/', 'x', (byte) 0xff, (byte) 0x80}, read(line).get(0).pathBytes());
    }

    @Test
    void readsNothingIntoLinesOfAnotherMaking() throws IOException {
        for (String line : List.of("", "\n\n", " ", "1 r-xp 0 0:1 1 /x", "x-y r-xp 0 0:1 1 /x", "1-2 r-xp 0 0:1 x /x",
                "1-2 r-xp", "1-2 r-xp 0 0 1 /x", "1-2  r-xp 0 0:1 1 /x", "1-2 r-xp 0 0:x 1 /x")) {
            assertEquals(List.of(), read(line), line);
        }
        Random random = new Random(1);
        byte[] bytes = new byte[200];
        for (int i = 0; i < 10_000; i++) {
            random.nextBytes(bytes);
            read(bytes);
        }
    }

    @Test
    void tellsTheLibrariesOfThisProcess() throws IOException {
        List<Line> lines = new ArrayList<>();
        MapsFile.executable(Path.of("/proc/self"), lines::add);
        assertTrue(lines.stream().anyMatch(line -> line.path().endsWith("/libjvm.so") && !line.deleted()), lines.toString());
    }

    @Test
    void holdsOneLineOfATableThatDoesNotEnd() throws IOException {
        byte[] line = ("1-2 r-xp 0 0:1 5 /" + "x".repeat(4000) + '\n').getBytes(StandardCharsets.ISO_8859_1);
        long[] lines = new long[1];
        MapsFile.executable(new Endless(line), found -> {
            assertEquals(4001, found.path().length());
            return ++lines[0] < 200_000;
        });
        assertEquals(200_000, lines[0]);
    }

    @Test
    void leavesOutALineThatIsTooLong() throws IOException {
        for (int length = (32 << 10) - 30; length < (32 << 10) + 30; length++) {
            String last = "1-2 r-xp 0 0:1 5 /last\n";
            List<Line> lines = read(last + "1-2 r-xp 0 0:1 5 /" + "x".repeat(length) + '\n' + last);
            long whole = lines.stream().filter(line -> line.path().equals("/last")).count();
            assertEquals(2, whole, "behind " + length);
            assertTrue(lines.size() == 2 || lines.get(1).path().length() == length + 1, "length " + length);
        }
    }

    private static List<Line> read(String maps) throws IOException {
        return read(maps.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static List<Line> read(byte[] maps) throws IOException {
        List<Line> lines = new ArrayList<>();
        MapsFile.executable(new ByteArrayInputStream(maps), lines::add);
        return lines;
    }

    /** The same again and again. */
    private static final class Endless extends InputStream {
        private final byte[] part;
        private int at;

        Endless(byte[] part) {
            this.part = part;
        }

        @Override
        public int read() {
            int next = part[at] & 0xff;
            at = (at + 1) % part.length;
            return next;
        }

        @Override
        public int read(byte[] to, int offset, int length) {
            int count = Math.min(length, part.length - at);
            System.arraycopy(part, at, to, offset, count);
            at = (at + count) % part.length;
            return count;
        }
    }
}
