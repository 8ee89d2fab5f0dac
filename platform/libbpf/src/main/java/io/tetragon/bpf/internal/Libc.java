// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import com.kenai.jffi.Library;
import io.tetragon.bpf.BpfException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The few functions of the C library that libbpf leaves to its callers. */
public final class Libc {
    /** Pages of the ring buffer's position counters. */
    public static final int PAGE_SIZE;
    /** {@code PROT_READ}. */
    public static final int READ = 1;
    /** {@code PROT_READ | PROT_WRITE}. */
    public static final int READ_WRITE = 3;

    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE_FIXED_ANONYMOUS = 0x32;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int SC_PAGESIZE = 30;
    private static final int RLIMIT_MEMLOCK = 8;
    private static final int BPF_SYSCALL = "aarch64".equals(System.getProperty("os.arch")) ? 280 : 321;
    private static final long RLIM_INFINITY = -1;
    private static final Map<String, NativeFunction> FUNCTIONS = new ConcurrentHashMap<>();

    static {
        PAGE_SIZE = (int) call("sysconf", SC_PAGESIZE);
    }

    private Libc() {
    }

    static NativeFunction function(String name) {
        return FUNCTIONS.computeIfAbsent(name, key -> {
            long address = Library.getDefault().getSymbolAddress(key);
            if (address == 0) {
                throw new BpfException("find " + key + " in the C library", 0, "the C library does not have it",
                        "use glibc 2.28 or newer");
            }
            return new NativeFunction(address);
        });
    }

    /** Calls a function by name. */
    public static long call(String name, long... arguments) {
        return function(name).call(arguments);
    }

    /** The {@code bpf} system call, for what the oldest supported libbpf does not know. */
    public static int bpf(int command, long attributes, int size) {
        return (int) call("syscall", BPF_SYSCALL, command, attributes, size);
    }

    /** Maps a file descriptor, shared. */
    public static long map(int fd, long offset, long length, int protection, String what) {
        long address = call("mmap", 0, length, protection, MAP_SHARED, fd, offset);
        if (address == -1) {
            throw Errors.of("map " + what + " into memory", NativeFunction.errno());
        }
        return address;
    }

    /** Undoes {@link #map}. */
    public static void unmap(long address, long length) {
        call("munmap", address, length);
    }

    /** Puts private zero pages in the place of a mapping, which ends it but leaves its addresses readable. */
    public static void replaceByZeroes(long address, long length) {
        if (call("mmap", address, length, READ_WRITE, MAP_PRIVATE_FIXED_ANONYMOUS, -1, 0) == -1) {
            throw Errors.of("end a memory mapping", NativeFunction.errno());
        }
    }

    /** Closes a file descriptor. */
    public static void close(int fd) {
        call("close", fd);
    }

    /** Duplicates a file descriptor; the copy is not inherited by child processes. */
    public static int duplicate(int fd) {
        int copy = (int) call("fcntl", fd, F_DUPFD_CLOEXEC, 0);
        if (copy < 0) {
            throw Errors.of("duplicate a file descriptor", NativeFunction.errno());
        }
        return copy;
    }

    /**
     * Lifts the limit on locked memory, which kernels before 5.11 charge BPF maps against. A refusal is harmless on
     * newer kernels, and on older ones shows as EPERM when a map is created.
     */
    static void raiseMemoryLockLimit() {
        try (Scratch scratch = new Scratch()) {
            call("setrlimit", RLIMIT_MEMLOCK, scratch.longs(new long[] {RLIM_INFINITY, RLIM_INFINITY}));
        }
    }
}
