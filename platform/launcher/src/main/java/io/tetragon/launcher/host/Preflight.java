// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks what no agent can do without, before anything is started, so that each lack is one clear line. */
public final class Preflight {
    private static final int CAP_SYS_ADMIN = 21;
    private static final int CAP_PERFMON = 38;
    private static final int CAP_BPF = 39;
    private static final String WHAT = "start the agent";

    private Preflight() {}

    /**
     * Checks rights and kernel.
     *
     * @param root what stands for {@code /}
     * @param btf file with the kernel's types, or empty for the kernel's own
     * @throws TetragonException naming what is missing
     */
    public static void check(Path root, String btf) throws TetragonException {
        BigInteger capabilities = effectiveCapabilities(root);
        boolean enough = capabilities.testBit(CAP_SYS_ADMIN)
                || capabilities.testBit(CAP_BPF) && capabilities.testBit(CAP_PERFMON);
        if (!enough) {
            throw new TetragonException(Kind.PERMISSION_DENIED, WHAT,
                    "it may not load BPF programs: neither CAP_SYS_ADMIN nor CAP_BPF with CAP_PERFMON", "run it as root");
        }
        // The kernel has this setting if and only if it has the bpf system call.
        if (!Files.exists(root.resolve("proc/sys/kernel/unprivileged_bpf_disabled"))) {
            throw new TetragonException(Kind.UNSUPPORTED, WHAT, "this kernel has no BPF",
                    "use a kernel with CONFIG_BPF_SYSCALL=y");
        }
        Path types = btf.isEmpty() ? root.resolve("sys/kernel/btf/vmlinux") : Path.of(btf);
        if (!Files.isReadable(types)) {
            throw new TetragonException(Kind.UNSUPPORTED, WHAT, "no kernel type information in " + types,
                    btf.isEmpty() ? "use a kernel with CONFIG_DEBUG_INFO_BTF=y, or name a BTF file with --btf"
                            : "name a readable BTF file with --btf");
        }
    }

    private static BigInteger effectiveCapabilities(Path root) throws TetragonException {
        try {
            for (String line : Files.readAllLines(root.resolve("proc/self/status"))) {
                if (line.startsWith("CapEff:")) {
                    return new BigInteger(line.substring("CapEff:".length()).strip(), 16);
                }
            }
        } catch (IOException | NumberFormatException e) {
            throw new TetragonException(Kind.FAILED_PRECONDITION, WHAT, "cannot read /proc/self/status",
                    "mount the proc file system", e);
        }
        return BigInteger.ZERO;
    }
}
