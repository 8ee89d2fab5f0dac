// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.proto.BpfCmd;
import io.tetragon.proto.BpfProgramType;
import io.tetragon.proto.CapabilitiesType;
import io.tetragon.proto.SecureBitsType;
import io.tetragon.proto.TaintedBitsType;
import org.jspecify.annotations.Nullable;

/** The kernel's names for BPF, perf and capabilities; a number without a name is its own. */
final class KernelNames {
    static final CapabilitiesType[] CAPABILITIES = capabilities();
    static final SecureBitsType[] SECURE_BITS = SecureBitsType.values();
    static final TaintedBitsType[] TAINTS = TaintedBitsType.values();

    private static final String[] MAP_TYPES = {
        "UNSPEC", "HASH", "ARRAY", "PROG_ARRAY", "PERF_EVENT_ARRAY", "PERCPU_HASH", "PERCPU_ARRAY", "STACK_TRACE",
        "CGROUP_ARRAY", "LRU_HASH", "LRU_PERCPU_HASH", "LPM_TRIE", "ARRAY_OF_MAPS", "HASH_OF_MAPS", "DEVMAP", "SOCKMAP",
        "CPUMAP", "XSKMAP", "SOCKHASH", "CGROUP_STORAGE", "REUSEPORT_SOCKARRAY", "PERCPU_CGROUP_STORAGE", "QUEUE", "STACK",
        "SK_STORAGE", "DEVMAP_HASH", "STRUCT_OPS", "RINGBUF", "INODE_STORAGE", "TASK_STORAGE", "BLOOM_FILTER",
        "USER_RINGBUF", "CGRP_STORAGE", "ARENA", "INSN_ARRAY",
    };

    /** Of the probes' own event sources the numbers are given at boot. */
    private static final String[] PERF_TYPES = {
        "PERF_TYPE_HARDWARE", "PERF_TYPE_SOFTWARE", "PERF_TYPE_TRACEPOINT", "PERF_TYPE_HW_CACHE", "PERF_TYPE_RAW",
        "PERF_TYPE_BREAKPOINT",
    };

    /** Of the kernel's digests: name and bytes. */
    private static final Object[][] HASHES = {
        {"md4", 16}, {"md5", 16}, {"sha1", 20}, {"rmd160", 20}, {"sha256", 32}, {"sha384", 48}, {"sha512", 64},
        {"sha224", 28}, {"rmd128", 16}, {"rmd256", 32}, {"rmd320", 40}, {"wp256", 32}, {"wp384", 48}, {"wp512", 64},
        {"tgr128", 16}, {"tgr160", 20}, {"tgr192", 24}, {"sm3", 32}, {"streebog256", 32}, {"streebog512", 64},
        {"sha3-256", 32}, {"sha3-384", 48}, {"sha3-512", 64},
    };

    private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");

    private KernelNames() {}

    static String mapType(int number) {
        return number >= 0 && number < MAP_TYPES.length
                ? "BPF_MAP_TYPE_" + MAP_TYPES[number] : Integer.toUnsignedString(number);
    }

    static String programType(int number) {
        BpfProgramType type = BpfProgramType.forNumber(number);
        return type == null ? Integer.toUnsignedString(number) : type.name();
    }

    static String perfType(int number) {
        return number >= 0 && number < PERF_TYPES.length ? PERF_TYPES[number] : Integer.toUnsignedString(number);
    }

    /** Returns the name of a command of bpf(2), empty where it has none. */
    static String bpfCommand(int number) {
        BpfCmd command = BpfCmd.forNumber(number);
        return command == null ? "" : command.name();
    }

    /** Returns the name of a capability, its number where it has none. */
    static String capability(int number) {
        CapabilitiesType type = number < 0 ? null : CapabilitiesType.forNumber(number);
        return type == null ? Integer.toString(number) : type.name();
    }

    /** Returns the name of the ABI of a system call. */
    static String abi(boolean compat) {
        return ARM ? compat ? "arm32" : "arm64" : compat ? "i386" : "x64";
    }

    /** Returns the name of a digest's algorithm, null where the kernel has none of that number. */
    static @Nullable String hash(int number) {
        return number >= 0 && number < HASHES.length ? (String) HASHES[number][0] : null;
    }

    /** Returns the bytes of a digest that has a name. */
    static int hashSize(int number) {
        return (Integer) HASHES[number][1];
    }

    private static CapabilitiesType[] capabilities() {
        CapabilitiesType[] byNumber = new CapabilitiesType[CapabilitiesType.values().length - 1];
        for (int i = 0; i < byNumber.length; i++) {
            byNumber[i] = CapabilitiesType.forNumber(i);
        }
        return byNumber;
    }
}
