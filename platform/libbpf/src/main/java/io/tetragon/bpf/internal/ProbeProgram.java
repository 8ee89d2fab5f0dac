// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import java.util.function.IntUnaryOperator;

/** A program of a few instructions that is loaded only to see whether the kernel takes it. */
public record ProbeProgram(int type, int attachType, int attachTypeId, int flags, long[] instructions) {
    public static final int KPROBE = 2;
    public static final int RAW_TRACEPOINT = 17;
    public static final int TRACING = 26;
    public static final int LSM = 29;
    public static final int TRACE_RAW_TP = 23;
    public static final int TRACE_FENTRY = 24;
    public static final int MODIFY_RETURN = 26;
    public static final int LSM_MAC = 27;
    public static final int PERF_EVENT_LINK = 41;
    public static final int KPROBE_MULTI = 42;
    public static final int UPROBE_MULTI = 48;
    public static final int KPROBE_SESSION = 56;
    public static final int UPROBE_SESSION = 57;

    /** Of programs that may sleep. */
    public static final int SLEEPABLE = 1 << 4;

    private static final int OPTIONS = 104;
    private static final int LOG_SIZE = 16 << 10;
    private static final int LINK_CREATE = 28;
    private static final int LINK_ATTRIBUTES = 64;

    /** A program without flags. */
    public ProbeProgram(int type, int attachType, int attachTypeId, long[] instructions) {
        this(type, attachType, attachTypeId, 0, instructions);
    }

    /** A program that returns zero. */
    public static ProbeProgram empty(int type, int attachType, int attachTypeId) {
        return new ProbeProgram(type, attachType, attachTypeId, new long[] {move(0, 0), exit()});
    }

    /** A program on an LSM hook that returns this. @param hook the id of the hook's function */
    public static ProbeProgram lsm(int hook, boolean sleepable, int result) {
        return new ProbeProgram(LSM, LSM_MAC, hook, sleepable ? SLEEPABLE : 0, new long[] {move(0, result), exit()});
    }

    /** {@code register = value}. */
    public static long move(int register, int value) {
        return instruction(0xb7, register, 0, 0, value);
    }

    /** Returns from the program. */
    public static long exit() {
        return instruction(0x95, 0, 0, 0, 0);
    }

    /** An instruction in the kernel's encoding. */
    public static long instruction(int code, int target, int source, int offset, int value) {
        return code | (long) target << 8 | (long) source << 12 | (offset & 0xffffL) << 16 | (long) value << 32;
    }

    /** A program that calls a helper with whatever is in the registers, which the verifier may well refuse. */
    public static ProbeProgram callOf(int type, int helper) {
        return new ProbeProgram(type, 0, 0, new long[] {instruction(0x85, 0, 0, 0, helper), exit()});
    }

    /** @return 0 when the kernel takes the program, else the errno */
    public int load() {
        return withLoaded(program -> 0);
    }

    /** @return what the verifier says of the program; empty when it was not asked, or had nothing to say */
    public String verify() {
        try (Scratch scratch = new Scratch()) {
            long options = options(scratch);
            long log = scratch.zeroed(LOG_SIZE);
            Scratch.MEMORY.putInt(options + 88, 1);
            Scratch.MEMORY.putInt(options + 92, LOG_SIZE);
            Scratch.MEMORY.putLong(options + 96, log);
            int program = load(scratch, options);
            if (program >= 0) {
                Libc.close(program);
            }
            return Scratch.readString(log);
        }
    }

    private long options(Scratch scratch) {
        long options = scratch.zeroed(OPTIONS);
        Scratch.MEMORY.putLong(options, OPTIONS);
        Scratch.MEMORY.putInt(options + 12, attachType);
        Scratch.MEMORY.putInt(options + 20, flags);
        Scratch.MEMORY.putInt(options + 32, attachTypeId);
        return options;
    }

    private int load(Scratch scratch, long options) {
        return (int) LibBpf.get().call("bpf_prog_load", type, scratch.string("probe"), scratch.string("GPL"),
                scratch.longs(instructions), instructions.length, options);
    }

    /**
     * Loads, and uses what was loaded.
     *
     * @param use gets the file descriptor and returns an errno or 0
     * @return the errno of the load, or what {@code use} returned
     */
    public int withLoaded(IntUnaryOperator use) {
        try (Scratch scratch = new Scratch()) {
            int program = load(scratch, options(scratch));
            if (program < 0) {
                return -program;
            }
            try {
                return use.applyAsInt(program);
            } finally {
                Libc.close(program);
            }
        }
    }

    /** Tries to attach to a list of kernel functions. @return 0 or the errno */
    public static int linkToFunction(int program, int attachType, String function) {
        try (Scratch scratch = new Scratch()) {
            long attributes = scratch.zeroed(LINK_ATTRIBUTES);
            Scratch.MEMORY.putInt(attributes + 20, 1);
            long names = scratch.zeroed(8);
            Scratch.MEMORY.putLong(names, scratch.string(function));
            Scratch.MEMORY.putLong(attributes + 24, names);
            return link(attributes, program, 0, attachType);
        }
    }

    /** Tries to attach to a place of the root directory, which a kernel that knows how refuses with EBADF. */
    public static int linkToDirectory(int program, int attachType) {
        try (Scratch scratch = new Scratch()) {
            long attributes = scratch.zeroed(LINK_ATTRIBUTES);
            Scratch.MEMORY.putLong(attributes + 16, scratch.string("/"));
            Scratch.MEMORY.putLong(attributes + 24, scratch.longs(new long[] {0}));
            Scratch.MEMORY.putInt(attributes + 48, 1);
            return link(attributes, program, 0, attachType);
        }
    }

    /** Tries to attach to a perf event that does not exist, which a kernel that knows how refuses with EBADF. */
    public static int linkToPerfEvent(int program) {
        try (Scratch scratch = new Scratch()) {
            return link(scratch.zeroed(LINK_ATTRIBUTES), program, -1, PERF_EVENT_LINK);
        }
    }

    private static int link(long attributes, int program, int target, int attachType) {
        Scratch.MEMORY.putInt(attributes, program);
        Scratch.MEMORY.putInt(attributes + 4, target);
        Scratch.MEMORY.putInt(attributes + 8, attachType);
        int link = Libc.bpf(LINK_CREATE, attributes, LINK_ATTRIBUTES);
        if (link < 0) {
            return NativeFunction.errno();
        }
        Libc.close(link);
        return 0;
    }
}
