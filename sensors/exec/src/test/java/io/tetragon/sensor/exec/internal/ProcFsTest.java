// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.process.Credentials;
import io.tetragon.api.process.Namespaces;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders as procfs shows them, with what a process can put into them, and what is left of one that ends meanwhile. */
class ProcFsTest {
    private static final String FIELDS = " S 41 42 42 0 -1 4194560 1 0 0 0 3 2 0 0 20 0 1 0 12345 1024 100 18446744073";
    private static final String STATUS = """
            Name:\t%s
            Umask:\t0022
            State:\tS (sleeping)
            Tgid:\t42
            Pid:\t42
            PPid:\t41
            Uid:\t1000\t1001\t1002\t4294967295
            Gid:\t2000\t2001\t2002\t2003
            NStgid:\t42\t7
            NSpid:\t42\t7
            CapInh:\t0000000000000001
            CapPrm:\t000001ffffffffff
            CapEff:\tffffffffffffffff
            Threads:\t1
            """;
    private static final ProcFs.Status EXPECTED = new ProcFs.Status(
            new Credentials(1000, 2000, 1001, 2001, 1002, 2002, -1, 2003, 0, 0x1ffffffffffL, -1L, 1), 7, true);
    private static final ProcFs.Status NOTHING = new ProcFs.Status(Credentials.NONE, 0, false);

    @TempDir
    private Path folder = Path.of("/nonexistent");
    private ProcFs proc = new ProcFs(folder);

    @BeforeEach
    void look() {
        proc = new ProcFs(folder);
    }

    @ParameterizedTest(name = "named {0}")
    @ValueSource(strings = {"bash", "", " ", ")", "(", ") R 1 (", "a) S 1 2 3 (b", "two words", "new\nline", "()))((",
        "\u00fc\t\r"})
    void aNameCannotMoveTheFieldsOfStat(String name) throws IOException {
        write("stat", "42 (" + name + ")" + FIELDS);
        ProcFs.Stat stat = proc.stat().orElseThrow();
        String latin = new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertEquals(new ProcFs.Stat(latin, 41, 123_450_000_000L, false), stat);
    }

    @Test
    void kernelThreadsAreToldByTheirFlag() throws IOException {
        write("stat", "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0");
        assertEquals(new ProcFs.Stat("kthreadd", 0, 10_000_000L, true), proc.stat().orElseThrow());
    }

    @Test
    void anyTruncationOfStatIsAProcessOrNone() throws IOException {
        String whole = "42 (a) b)" + FIELDS;
        int complete = whole.indexOf(" 12345 ") + " 12345".length();
        for (int length = 0; length < complete - "12345".length(); length++) {
            write("stat", whole.substring(0, length));
            assertEquals(Optional.empty(), proc.stat(), whole.substring(0, length));
        }
        write("stat", whole.substring(0, complete));
        assertTrue(proc.stat().isPresent());
    }

    @Test
    void anyTruncationOfStatusIsRead() throws IOException {
        String whole = STATUS.formatted("bash");
        for (int length = 0; length <= whole.length(); length++) {
            write("status", whole.substring(0, length));
            proc.status();
        }
        assertEquals(EXPECTED, proc.status());
    }

    /** The kernel escapes newlines and backslashes in the name, but nothing else. */
    @ParameterizedTest(name = "named {index}")
    @ValueSource(strings = {"bash", "Uid:\t0\t0\t0\t0", "\rUid: x", "\rNSpid: x", "\rCapEff: x", "x\u2028Uid: x",
        "\u0085Gid: x", "\fUid: x", "\\nUid: x"})
    void aNameCannotChangeTheStatus(String name) throws IOException {
        write("status", STATUS.formatted(name));
        assertEquals(EXPECTED, proc.status());
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"Uid:\tx\t0\t0\t0", "Uid:\t-1\t0\t0\t0", "Uid:\t4294967296\t0\t0\t0", "CapPrm:\tzz",
        "CapPrm:\t00000000000000001ffffffffffffffff", "NSpid:\t", "NSpid:\t9999999999"})
    void statusWithoutSenseTellsNothing(String line) throws IOException {
        write("status", "Name:\tbash\n" + line + "\n");
        assertEquals(NOTHING, proc.status());
    }

    @Test
    void aProcessOfTheHostIsInNoPidNamespace() throws IOException {
        write("status", "NSpid:\t42\n");
        assertEquals(new ProcFs.Status(Credentials.NONE, 42, false), proc.status());
    }

    @Test
    void aProcessThatVanishedTellsNothing() {
        assertEquals(Optional.empty(), proc.stat());
        assertEquals(NOTHING, proc.status());
        assertEquals(-1, proc.auid());
        assertEquals(0, proc.bytes("cmdline", 100).length);
        assertEquals("", proc.link("exe"));
        assertEquals(new Namespaces(0, 0, 0, 0, 0, 0, 0, 0, 0, 0), proc.namespaces());
    }

    @Test
    void filesOfTheWrongKindTellNothing() throws IOException {
        for (String name : new String[] {"stat", "status", "loginuid", "cmdline"}) {
            Files.createDirectory(folder.resolve(name));
        }
        write("exe", "no link");
        assertEquals(Optional.empty(), proc.stat());
        assertEquals(NOTHING, proc.status());
        assertEquals(-1, proc.auid());
        assertEquals(0, proc.bytes("cmdline", 100).length);
        assertEquals("", proc.link("exe"));
    }

    @Test
    void loginUidsAreUnsigned() throws IOException {
        write("loginuid", "4294967295");
        assertEquals(-1, proc.auid());
        write("loginuid", "1000\n");
        assertEquals(1000, proc.auid());
        write("loginuid", "");
        assertEquals(-1, proc.auid());
        Files.write(folder.resolve("loginuid"), new byte[] {(byte) 0xFF});
        assertEquals(-1, proc.auid());
    }

    @Test
    void namespacesAreTheNumbersOfTheLinks() throws IOException {
        Files.createDirectory(folder.resolve("ns"));
        Files.createSymbolicLink(folder.resolve("ns/uts"), Path.of("uts:[4026531838]"));
        Files.createSymbolicLink(folder.resolve("ns/ipc"), Path.of("ipc:["));
        Files.createSymbolicLink(folder.resolve("ns/mnt"), Path.of("mnt:[]"));
        Files.createSymbolicLink(folder.resolve("ns/pid"), Path.of("pid:[x]"));
        Files.createSymbolicLink(folder.resolve("ns/pid_for_children"), Path.of("]["));
        Files.createSymbolicLink(folder.resolve("ns/net"), Path.of("[99999999999]"));
        Files.createSymbolicLink(folder.resolve("ns/time"), Path.of("plain"));
        Files.createSymbolicLink(folder.resolve("ns/user"), Path.of("user:[1]"));
        assertEquals(new Namespaces((int) 4026531838L, 0, 0, 0, 0, 0, 0, 0, 0, 1), proc.namespaces());
    }

    @Test
    void thisProcessIsReadAsItIs() throws IOException {
        ProcFs self = new ProcFs(Path.of("/proc/self"));
        assertEquals(ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L),
                (long) self.stat().orElseThrow().parentPid());
        assertEquals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"), self.status().credentials().euid());
        assertTrue(self.namespaces().mnt() != 0);
        assertEquals(Path.of("").toAbsolutePath().toString(), self.link("cwd"));
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }
}
