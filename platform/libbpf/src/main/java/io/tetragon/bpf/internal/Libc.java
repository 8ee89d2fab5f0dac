// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import com.kenai.jffi.Library;
import io.tetragon.bpf.BpfException;
import java.nio.file.Path;
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
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int MAP_PRIVATE_FIXED_ANONYMOUS = 0x32;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int MFD_CLOEXEC = 1;
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

    /** Maps a file to read it. @return -1 when it cannot be mapped */
    public static long mapToRead(int fd, long length) {
        return call("mmap", 0, length, READ, MAP_PRIVATE, fd, 0);
    }

    /** Allocates zeroed pages, which the kernel has back when they are unmapped; malloc may keep what is freed. */
    public static long allocatePages(long length) {
        long address = call("mmap", 0, length, READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
        if (address == -1) {
            throw Errors.of("allocate " + length + " bytes", NativeFunction.errno());
        }
        return address;
    }

    /** Undoes {@link #map}, {@link #mapToRead} and {@link #allocatePages}. */
    public static void unmap(long address, long length) {
        call("munmap", address, length);
    }

    /** Puts private zero pages in the place of a mapping, which ends it but leaves its addresses readable. */
    public static void replaceByZeroes(long address, long length) {
        if (call("mmap", address, length, READ_WRITE, MAP_PRIVATE_FIXED_ANONYMOUS, -1, 0) == -1) {
            throw Errors.of("end a memory mapping", NativeFunction.errno());
        }
    }

    /** Opens a file to read it. */
    public static int openToRead(Path file) {
        try (Scratch scratch = new Scratch()) {
            int fd = (int) call("open", scratch.string(file.toString()), O_RDONLY_CLOEXEC, 0);
            if (fd < 0) {
                throw Errors.of("read " + file, NativeFunction.errno());
            }
            return fd;
        }
    }

    /**
     * Reads until a block of memory is full or the file ends.
     *
     * @return how many bytes there were
     */
    public static long read(int fd, long address, long length, String what) {
        long total = 0;
        while (total < length) {
            long count = call("read", fd, address + total, length - total);
            if (count < 0) {
                if (NativeFunction.errno() == Errors.EINTR) {
                    continue;
                }
                throw Errors.of("read " + what, NativeFunction.errno());
            }
            if (count == 0) {
                break;
            }
            total += count;
        }
        return total;
    }

    /** Creates a file that is nowhere but in memory, and lives as long as its file descriptor or a duplicate. */
    public static int memoryFile(String name, byte[] contents) {
        try (Scratch scratch = new Scratch()) {
            int fd = (int) call("memfd_create", scratch.string(name), MFD_CLOEXEC);
            if (fd < 0) {
                throw Errors.of("create a file in memory", NativeFunction.errno());
            }
            long written = call("write", fd, scratch.bytes(contents), contents.length);
            if (written != contents.length) {
                int errno = written < 0 ? NativeFunction.errno() : Errors.ENOSPC;
                close(fd);
                throw Errors.of("write a file in memory", errno);
            }
            return fd;
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
