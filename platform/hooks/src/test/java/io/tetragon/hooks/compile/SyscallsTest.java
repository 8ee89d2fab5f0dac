// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.policy.model.SyscallName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyscallsTest {
    private static final Path HEADERS = Path.of("/usr/include/x86_64-linux-gnu/asm");
    private static final Path RECORDS = Path.of("../../bpf/include/tetragon/hook/record.h");
    private static final Pattern DEFINITION = Pattern.compile("#define __NR_(\\w+) (\\d+)");

    @ParameterizedTest
    @ValueSource(strings = {"64", "32"})
    void everySystemCallOfTheHeadersIsKnownByNumberAndName(String bits) throws IOException {
        Path header = HEADERS.resolve("unistd_" + bits + ".h");
        assumeTrue(Files.isReadable(header), header + " is not there (Debian package linux-libc-dev)");
        int seen = 0;
        for (String line : Files.readAllLines(header)) {
            Matcher matcher = DEFINITION.matcher(line);
            if (matcher.matches()) {
                String name = matcher.group(1);
                int index = Integer.parseInt(matcher.group(2)) + (bits.equals("32") ? Syscalls.NUMBERS : 0);
                SyscallName call = SyscallName.parse((bits.equals("32") ? "i386/" : "x64/") + name);
                assertEquals(OptionalInt.of(index), Syscalls.index(call), name);
                assertEquals(Optional.of(name), Syscalls.name(index));
                seen++;
            }
        }
        assertTrue(seen > 300, "only " + seen);
    }

    @ParameterizedTest
    @CsvSource({"sys_dup, 32", "__x64_sys_dup, 32", "sys_newstat, 4", "stat, 4", "i386/sys_dup, 0x80000029",
        "__ia32_sys_getuid, 0x800000c7", "i386/getuid, 0x80000018", "sys_umount, 166"})
    void namesAreThoseOfListsAndOfTheKernelsFunctions(String written, String number) {
        assertEquals(OptionalLong.of(Long.decode(number)), Syscalls.number(SyscallName.parse(written)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"arm64/dup", "sys_no_such_call", "i386/arch_prctl_", ""})
    void whatThisArchitectureLacksHasNoNumber(String written) {
        assertEquals(OptionalLong.empty(), Syscalls.number(SyscallName.parse(written)));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 511, 1023, 1024, Integer.MAX_VALUE})
    void numbersOfNoSystemCallHaveNoName(int index) {
        assertEquals(Optional.empty(), Syscalls.name(index));
    }

    /** Macros have no place in type information, so this is where the two sides are held together. */
    @Test
    void theNumbersOfTheHeaderAreThoseOfThePrograms() throws IOException {
        String header = Files.readString(RECORDS);
        assertTrue(header.contains("#define SYSCALL_NUMBERS " + Syscalls.NUMBERS + "\n"), "SYSCALL_NUMBERS");
        assertTrue(header.contains("#define SYSCALL_COMPAT 0x" + Long.toHexString(Syscalls.COMPAT) + "ULL\n"),
                "SYSCALL_COMPAT");
    }

    @Test
    void theKernelHasNoFunctionOfASystemCallThatIsUnknown() {
        KernelTypes types = Policies.kernel();
        TreeSet<String> known = new TreeSet<>();
        for (int index = 0; index < Syscalls.NUMBERS; index++) {
            Syscalls.name(index).filter(name -> types.hasFunction("__x64_sys_" + name)).ifPresent(known::add);
        }
        assertTrue(known.size() > 300, known::toString);
    }
}
