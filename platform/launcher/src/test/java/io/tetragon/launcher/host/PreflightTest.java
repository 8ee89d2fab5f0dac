// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreflightTest {
    private static final String BPF = "proc/sys/kernel/unprivileged_bpf_disabled";
    private static final String BTF = "sys/kernel/btf/vmlinux";

    @TempDir
    Path root;

    private void machine(String capabilities, String... files) throws IOException {
        write("proc/self/status", "Name:\tjava\nCapEff:\t" + capabilities + "\n");
        for (String file : files) {
            write(file, "2");
        }
    }

    private void write(String file, String content) throws IOException {
        Files.createDirectories(root.resolve(file).getParent());
        Files.writeString(root.resolve(file), content);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource({
        "000001ffffffffff, root",
        "0000000000200000, CAP_SYS_ADMIN alone",
        "000000c000000000, CAP_BPF and CAP_PERFMON"
    })
    void enoughCapabilitiesAreEnough(String capabilities, String name) throws Exception {
        machine(capabilities, BPF, BTF);
        assertDoesNotThrow(() -> Preflight.check(root, ""));
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource({"0000000000000000, nobody", "0000008000000000, CAP_BPF alone", "00000000a80425fb, a container's root"})
    void withoutCapabilitiesItSaysSoInOneLine(String capabilities, String name) throws Exception {
        machine(capabilities, BPF, BTF);
        assertLine("neither CAP_SYS_ADMIN nor CAP_BPF with CAP_PERFMON (run it as root)", "");
    }

    @Test
    void aKernelWithoutBpfIsNamed() throws Exception {
        machine("000001ffffffffff", BTF);
        assertLine("this kernel has no BPF", "");
    }

    @Test
    void aKernelWithoutTypesIsNamed() throws Exception {
        machine("000001ffffffffff", BPF);
        assertLine("no kernel type information in " + root.resolve(BTF), "");
        assertLine("no kernel type information in /no/such/file", "/no/such/file");
    }

    private void assertLine(String part, String btf) {
        TetragonException error = assertThrows(TetragonException.class, () -> Preflight.check(root, btf));
        assertTrue(error.getMessage().contains(part), error.getMessage());
        assertEquals(1, error.getMessage().lines().count());
    }
}
