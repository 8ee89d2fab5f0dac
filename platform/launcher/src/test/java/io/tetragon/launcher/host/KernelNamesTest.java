// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.TetragonException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelNamesTest {
    private static final String SYMBOLS = """
            0000000000000000 D jiffies
            0000000000000000 T vfs_read
            0000000000000000 t local_one
            0000000000000000 T __x64_sys_write
            0000000000000000 T __x64_sys_ni_syscall
            0000000000000000 T __x64_sys_socketcall
            0000000000000000 T __x64_sys_newfstat
            0000000000000000 T __ia32_sys_read
            0000000000000000 T __x64_sys_read
            0000000000000000 t local_one
            0000000000000000 t of_a_module\t[nf_tables]
            """;

    @TempDir
    Path folder;

    @Test
    void systemCallsAreTheFunctionsThatImplementThem() throws Exception {
        Path symbols = Files.writeString(folder.resolve("kallsyms"), SYMBOLS);
        assertEquals(List.of("__x64_sys_newfstat", "__x64_sys_read", "__x64_sys_write"), KernelNames.syscalls(symbols));
    }

    @Test
    void withoutTheTracersListEveryFunctionCounts() throws Exception {
        Path symbols = Files.writeString(folder.resolve("kallsyms"), SYMBOLS);
        assertEquals(List.of("vfs_read", "local_one", "__x64_sys_write", "__x64_sys_ni_syscall",
                "__x64_sys_socketcall", "__x64_sys_newfstat", "__ia32_sys_read", "__x64_sys_read", "of_a_module"), KernelNames.tracedFunctions(folder.resolve("absent"), symbols));
        Path traced = Files.writeString(folder.resolve("traced"), "vfs_read\nnft_do [nf_tables]\nvfs_read\n");
        assertEquals(List.of("vfs_read", "nft_do"), KernelNames.tracedFunctions(traced, symbols));
    }

    @Test
    void thisMachineHasSystemCalls() throws Exception {
        assumeTrue(Files.isReadable(Path.of("/proc/kallsyms")), "skipped: no /proc/kallsyms");
        List<String> names = KernelNames.syscalls();
        assertTrue(names.contains("__x64_sys_read") && names.contains("__x64_sys_execve"), names.toString());
        System.out.println(names.size() + " system calls");
        assertTrue(KernelNames.tracedFunctions().size() > names.size());
    }

    @Test
    void whatCannotBeReadIsAnErrorThatNamesTheFile() {
        TetragonException e = assertThrows(TetragonException.class, () -> KernelNames.syscalls(folder.resolve("absent")));
        assertTrue(e.getMessage().contains("absent"), e.getMessage());
    }
}
