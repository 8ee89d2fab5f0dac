// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.hooks.compile.HookTarget.Family;
import io.tetragon.policy.PolicyContext;
import io.tetragon.policy.PolicyParser;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.TracingPolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Hooks as users write them. */
final class Policies {
    private static final PolicyContext CONTEXT = PolicyContext
            .standalone(() -> List.of("sys_read", "sys_write", "sys_dup", "__ia32_sys_dup2", "sys_no_such_call"),
                    () -> List.of("ksys_read", "vfs_read"))
            .withKubernetes("default")
            .withPolicyFilter();

    /** A function whose parameters are not known. */
    static final HookTarget UNTYPED = new HookTarget(Family.KPROBE, null, null, false);

    private Policies() {}

    static TracingPolicy parse(String yaml) throws TetragonException {
        return new PolicyParser().parse(yaml.getBytes(StandardCharsets.UTF_8), CONTEXT).orThrow();
    }

    /** A policy with one section, written without its first two columns. */
    static HookSpec hook(String section, String yaml) throws TetragonException {
        return parse("""
                apiVersion: cilium.io/v1alpha1
                kind: TracingPolicy
                metadata:
                  name: test
                spec:
                  lists:
                  - name: calls
                    type: syscalls
                    values: [sys_read, sys_dup, i386/dup2, __x64_sys_newstat]
                  - name: all
                    type: generated_syscalls
                  enforcers:
                  - calls: [sys_dup]
                """ + "  " + section + ":\n" + yaml.indent(2)).hooks().get(0);
    }

    static HookSpec kprobe(String yaml) throws TetragonException {
        return hook("kprobes", "- call: a_function\n  syscall: false\n" + yaml.indent(2));
    }

    static Compiled compile(HookSpec spec, HookTarget target, KernelTypes types) throws TetragonException {
        TestBinaries binaries = new TestBinaries();
        return new Compiled(new HookCompiler(types, binaries).compile(spec, target, 7, 13, 0), binaries);
    }

    static Compiled compile(HookSpec spec) throws TetragonException {
        return compile(spec, UNTYPED, noTypes());
    }

    /** For hooks that ask nothing of the kernel. */
    static KernelTypes noTypes() {
        return KernelTypes.ofFile(Path.of("/no/such/file"));
    }

    /** The facts and recorded policies that lie beside the working copy. */
    static Path shared(String name) {
        Path folder = Path.of(System.getProperty("tetragon.shared", "../../../shared"), name);
        assumeTrue(Files.exists(folder), () -> folder.toAbsolutePath().normalize() + " is not there");
        return folder;
    }

    static KernelTypes kernel() {
        assumeTrue(Files.isReadable(Path.of("/sys/kernel/btf/vmlinux")), "this kernel has no type information");
        return KernelTypes.ofKernel();
    }
}
