// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What a test asks of the kernel beyond BPF. Told by the kernel itself, not by the agent, which may be what is wrong. */
public enum Lane {
    /** Tracepoints, raw tracepoints and system calls: every kernel. */
    NATIVE("", "", ""),
    /** Probes on kernel functions. */
    KPROBE("/sys/bus/event_source/devices/kprobe", "", "no kprobes (CONFIG_KPROBE_EVENTS)"),
    /** The same, where a truncation by descriptor is not one by path any more. */
    TRUNCATED_FILES("/sys/bus/event_source/devices/kprobe", "security_file_truncate",
            "no kprobes, or no hook of its own for ftruncate (Linux 6.2)"),
    /** Functions whose result a BPF program gives, such as security_*. */
    FMOD_RET("/sys/bus/event_source/devices/kprobe", "bpf_trampoline_link_prog", "no BPF trampolines for functions"),
    /** Hooks of security modules; what BPF programs say there must be asked for at boot, too, which the guests do. */
    LSM("/sys/bus/event_source/devices/kprobe", "bpf_lsm_file_open", "no BPF trampolines for LSM hooks"),
    /** The same, and hashes of files. */
    IMA("/sys/bus/event_source/devices/kprobe", "ima_file_hash", "no BPF trampolines, or no IMA (CONFIG_IMA)"),
    /** System calls whose result a BPF program gives. */
    OVERRIDE("/sys/bus/event_source/devices/kprobe", "bpf_override_return",
            "no error injection (CONFIG_BPF_KPROBE_OVERRIDE)"),
    /** The same, in whatever way. */
    SYSCALL_RESULTS("/sys/bus/event_source/devices/kprobe", "within_error_injection_list",
            "no error injection (CONFIG_FUNCTION_ERROR_INJECTION)"),
    /** Programs that write to the memory of processes. */
    WRITE_USER("/sys/kernel/security/lsm", "", "no securityfs that says it is not locked down"),
    /** System calls of 32-bit programs. */
    COMPAT("", "__ia32_sys_dup", "no 32-bit system calls (CONFIG_IA32_EMULATION)"),
    /**
     * Functions of programs whose registers a BPF program sets: Linux 6.18, which has this system call, too. Kernels without
     * kprobes are those that are locked down further than that shows.
     */
    UPROBE_REGISTERS("/sys/bus/event_source/devices/kprobe", "__x64_sys_uprobe",
            "no writes to registers by uprobes (Linux 6.18, with kprobes)"),
    /** Loadable modules. */
    MODULES("/sys/bus/event_source/devices/kprobe", "__x64_sys_finit_module", "no loadable modules (CONFIG_MODULES)");

    private static final Map<String, Boolean> SYMBOLS = new ConcurrentHashMap<>();

    private final String path;
    private final String symbol;
    private final String otherwise;

    Lane(String path, String symbol, String otherwise) {
        this.path = path;
        this.symbol = symbol;
        this.otherwise = otherwise;
    }

    /** What this kernel lacks for it; empty if nothing. */
    public Optional<String> missing() {
        if (this == WRITE_USER && isLockedDown()) {
            return Optional.of("the kernel is locked down");
        }
        boolean there = (path.isEmpty() || Files.exists(Path.of(path))) && (symbol.isEmpty() || kernelHas(symbol));
        return there ? Optional.empty() : Optional.of("the kernel has " + otherwise);
    }

    private static boolean isLockedDown() {
        Path level = Path.of("/sys/kernel/security/lockdown");
        try {
            return Files.exists(level) && !Files.readString(level).contains("[none]");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the running kernel, or a module in it, has a symbol of this name. */
    public static boolean kernelHas(String name) {
        return SYMBOLS.computeIfAbsent(name, wanted -> {
            try (BufferedReader symbols = Files.newBufferedReader(Path.of("/proc/kallsyms"))) {
                return symbols.lines().anyMatch(line -> line.split("[ \t]")[2].equals(wanted));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
