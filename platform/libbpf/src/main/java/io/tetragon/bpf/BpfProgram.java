// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.OpenState;
import io.tetragon.bpf.internal.Scratch;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A program of an object. It can be changed until the object is loaded, and attached from then on. Attaching, reading
 * its state and running it are safe for concurrent use; links belong to the object and are closed with it.
 */
public final class BpfProgram {
    private static final int TEST_RUN_OPTIONS = 80;
    private static final int O_RDONLY_CLOEXEC = 0x80000;

    private final BpfObject object;
    private final OpenState state;
    private final long pointer;
    private final String name;
    private final String section;
    private volatile @Nullable Integer fd;

    BpfProgram(BpfObject object, OpenState state, long pointer) {
        LibBpf bpf = LibBpf.get();
        this.object = object;
        this.state = state;
        this.pointer = pointer;
        this.name = Scratch.readString(bpf.call("bpf_program__name", pointer));
        this.section = Scratch.readString(bpf.call("bpf_program__section_name", pointer));
    }

    long pointer() {
        return pointer;
    }

    void keepProperties() {
        fd = (int) LibBpf.get().call("bpf_program__fd", pointer);
    }

    /** @return the name of its C function */
    public String name() {
        return name;
    }

    /** @return the section it was compiled into, which tells libbpf what it is and where it belongs */
    public String section() {
        return section;
    }

    /** Leaves the program out of the load, or takes it in. @return this program */
    public BpfProgram setAutoload(boolean load) {
        return set("set the loading of", "bpf_program__set_autoload", load ? 1 : 0);
    }

    /** @return whether it will be, or was, loaded */
    public boolean autoload() {
        long stamp = state.enter();
        try {
            return (LibBpf.get().call("bpf_program__autoload", pointer) & 1) != 0;
        } finally {
            state.leave(stamp);
        }
    }

    /** Sets the attach type before loading, where the section name cannot say it. @return this program */
    public BpfProgram setExpectedAttachType(AttachType type) {
        return set("set the attach type of", "bpf_program__set_expected_attach_type", type.number());
    }

    /**
     * Sets the kernel function or tracepoint of an fentry, fexit, fmod_ret, lsm or tp_btf program before loading.
     *
     * @return this program
     * @throws BpfException when the kernel's type information has no such name
     */
    public BpfProgram setAttachTarget(String function) {
        try (Scratch scratch = new Scratch()) {
            return set("attach to " + function + " with", "bpf_program__set_attach_target", 0,
                    scratch.string(function));
        }
    }

    private BpfProgram set(String what, String function, long... values) {
        object.requireUnloaded(what + " program " + name);
        long stamp = state.enter();
        try {
            long[] arguments = new long[values.length + 1];
            arguments[0] = pointer;
            System.arraycopy(values, 0, arguments, 1, values.length);
            LibBpf.get().check(what + " program " + name, function, arguments);
            return this;
        } finally {
            state.leave(stamp);
        }
    }

    /** @return the file descriptor; valid only while the object is open, and not the caller's to close */
    public int fd() {
        Integer number = fd;
        if (number == null || number < 0) {
            throw new IllegalStateException("program " + name + " is not loaded");
        }
        return number;
    }

    /** Attaches as the section name says. */
    public BpfLink attach() {
        boolean slow = section.matches("(tracepoint|tp|kprobe|kretprobe|uprobe|uretprobe|ksyscall|usdt|perf_event)\\b.*");
        return link(section, slow, scratch -> call(section, "bpf_program__attach", pointer));
    }

    /** Attaches to a raw tracepoint, such as {@code sched_process_exec}. */
    public BpfLink attachRawTracepoint(String tracepoint) {
        String hook = "raw_tp/" + tracepoint;
        return link(hook, false, scratch -> call(hook, "bpf_program__attach_raw_tracepoint", pointer,
                scratch.string(tracepoint)));
    }

    /** Attaches to a tracepoint, such as {@code sched}, {@code sched_process_exec}. */
    public BpfLink attachTracepoint(String category, String tracepoint, long cookie) {
        String hook = "tp/" + category + "/" + tracepoint;
        return explained("tracepoint", () -> link(hook, true, scratch -> call(hook,
                "bpf_program__attach_tracepoint_opts", pointer, scratch.string(category), scratch.string(tracepoint),
                cookieOptions(scratch, cookie))));
    }

    /** Attaches to the function or tracepoint it was loaded for (fentry, fexit, fmod_ret, tp_btf). */
    public BpfLink attachTrace(long cookie) {
        return link(section, false, scratch -> call(section, "bpf_program__attach_trace_opts", pointer,
                cookieOptions(scratch, cookie)));
    }

    /** Attaches to the LSM hook it was loaded for. */
    public BpfLink attachLsm() {
        return link(section, false, scratch -> call(section, "bpf_program__attach_lsm", pointer));
    }

    /** Attaches to a kernel function. */
    public BpfLink attachKprobe(String function, KprobeOptions options) {
        String hook = (options.returns() ? "kretprobe/" : "kprobe/") + function;
        return explained("kprobe", () -> link(hook, true, scratch -> call(hook, "bpf_program__attach_kprobe_opts",
                pointer, scratch.string(function), structure(scratch, 32, options.cookie(), options.offset(),
                        options.returns() ? 1 : 0))));
    }

    /**
     * Attaches to many kernel functions with one link. Set {@link AttachType#TRACE_KPROBE_MULTI} before loading
     * unless the section says {@code kprobe.multi}.
     *
     * @param functions names without duplicates in the kernel's symbol table
     * @param cookies   one for each function, or none at all
     */
    public BpfLink attachKprobeMulti(List<String> functions, long[] cookies, boolean returns) {
        requireCookies(functions.size(), cookies);
        String hook = "kprobe.multi of " + functions.size() + " functions";
        return explained("kprobe_multi", () -> link(hook, true, scratch -> call(hook,
                "bpf_program__attach_kprobe_multi_opts", pointer, 0,
                structure(scratch, 48, scratch.strings(functions, functions.size()), 0,
                        cookies.length == 0 ? 0 : scratch.longs(cookies), functions.size(), returns ? 1 : 0))));
    }

    /** Attaches to the kernel functions whose names match a pattern of {@code *} and {@code ?}. */
    public BpfLink attachKprobeMulti(String pattern, boolean returns) {
        String hook = "kprobe.multi/" + pattern;
        return explained("kprobe_multi", () -> link(hook, true, scratch -> call(hook,
                "bpf_program__attach_kprobe_multi_opts", pointer, scratch.string(pattern),
                structure(scratch, 48, 0, 0, 0, 0, returns ? 1 : 0))));
    }

    /**
     * Attaches to a place in a file, in every process that maps it.
     *
     * @param offset in the file, not a virtual address
     */
    public BpfLink attachUprobe(Path file, long offset, UprobeOptions options) {
        return attachUprobe(file, "", offset, options);
    }

    /**
     * Attaches to a function of an ELF file.
     *
     * @param function a symbol of the file
     * @param offset   bytes from the start of the function
     */
    public BpfLink attachUprobe(Path file, String function, long offset, UprobeOptions options) {
        String hook = (options.returns() ? "uretprobe/" : "uprobe/") + file + ":" + function + "+" + offset;
        return explained("uprobe", () -> link(hook, true, scratch -> call(hook, "bpf_program__attach_uprobe_opts",
                pointer, options.pid(), scratch.string(file.toString()), offset,
                structure(scratch, 40, options.semaphoreOffset(), options.cookie(), options.returns() ? 1 : 0,
                        function.isEmpty() ? 0 : scratch.string(function)))));
    }

    /**
     * Attaches to many places of a file with one link (Linux 6.6), past libbpf, whose oldest supported version does
     * not know how. Set {@link AttachType#TRACE_UPROBE_MULTI} or {@link AttachType#TRACE_UPROBE_SESSION} before
     * loading.
     */
    public BpfLink attachUprobeMulti(UprobeMultiTargets targets) {
        String hook = "uprobe.multi/" + targets.file();
        object.requireLoaded("attach " + name);
        long stamp = state.enter();
        try {
            return own(BpfLink.ofFd(hook, targets.attach("attach " + name + " to " + hook, fd()), object::disown));
        } finally {
            state.leave(stamp);
        }
    }

    /** Attaches to a USDT probe of a file. @param pid a process, or -1 for all */
    public BpfLink attachUsdt(Path file, String provider, String probe, int pid, long cookie) {
        String hook = "usdt/" + file + ":" + provider + ":" + probe;
        return link(hook, true, scratch -> call(hook, "bpf_program__attach_usdt", pointer, pid,
                scratch.string(file.toString()), scratch.string(provider), scratch.string(probe),
                cookieOptions(scratch, cookie)));
    }

    /** Attaches to a perf event. @param perfEvent its file descriptor, which the link closes from now on */
    public BpfLink attachPerfEvent(int perfEvent, long cookie) {
        return link("perf_event", true, scratch -> call("perf_event", "bpf_program__attach_perf_event_opts", pointer,
                perfEvent, cookieOptions(scratch, cookie)));
    }

    /** Attaches to a cgroup v2 directory. */
    public BpfLink attachCgroup(Path cgroup) {
        String hook = "cgroup " + cgroup;
        return link(hook, false, scratch -> {
            int directory = (int) Libc.call("open", scratch.string(cgroup.toString()), O_RDONLY_CLOEXEC);
            if (directory < 0) {
                throw new BpfException("attach " + name + " to " + hook, 0, "the directory cannot be opened", "");
            }
            try {
                return call(hook, "bpf_program__attach_cgroup", pointer, directory);
            } finally {
                Libc.close(directory);
            }
        });
    }

    /** Attaches an iterator program; {@link BpfLink#iterate} runs it. */
    public BpfLink attachIterator() {
        return link(section, false, scratch -> call(section, "bpf_program__attach_iter", pointer, 0));
    }

    /** When attaching fails because the kernel lacks the whole feature, that is the reason worth telling. */
    private static BpfLink explained(String feature, Supplier<BpfLink> attach) {
        try {
            return attach.get();
        } catch (BpfException e) {
            try (KernelFeatures features = new KernelFeatures()) {
                Feature missing = features.feature(feature);
                throw missing.available() ? e : new BpfException(e.operation(), e.errno(), missing.reason(), "");
            }
        }
    }

    private long call(String hook, String function, long... arguments) {
        return LibBpf.get().checkPointer("attach " + name + " to " + hook, function, arguments);
    }

    private BpfLink link(String hook, boolean slow, ToLongFunction<Scratch> attach) {
        object.requireLoaded("attach " + name);
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            return own(BpfLink.ofLibbpf(hook, attach.applyAsLong(scratch), slow, object::disown));
        } finally {
            state.leave(stamp);
        }
    }

    private BpfLink own(BpfLink link) {
        object.own(link);
        return link;
    }

    private static void requireCookies(int targets, long[] cookies) {
        if (cookies.length != 0 && cookies.length != targets) {
            throw new IllegalArgumentException(cookies.length + " cookies for " + targets + " targets");
        }
    }

    /** An options structure of libbpf: its own size first, then members that take eight bytes each. */
    private static long structure(Scratch scratch, int size, long... members) {
        long options = scratch.zeroed(size);
        Scratch.MEMORY.putLong(options, size);
        for (int i = 0; i < members.length; i++) {
            Scratch.MEMORY.putLong(options + 8 + 8L * i, members[i]);
        }
        return options;
    }

    /** Without a cookie no options are passed: kernels before 5.15 have none for perf events and refuse them. */
    private static long cookieOptions(Scratch scratch, long cookie) {
        return cookie == 0 ? 0 : structure(scratch, 16, cookie);
    }

    /** @return what the kernel says of the program */
    public ProgramInfo info() {
        long stamp = state.enter();
        try {
            return KernelInfo.program(fd(), name);
        } finally {
            state.leave(stamp);
        }
    }

    /**
     * Runs the program by request, where its kind allows that.
     *
     * @param data    input, empty for kinds that take none
     * @param outSize bytes of room for output data
     * @param context what the program sees as its context, empty for none
     * @throws BpfException when the kernel cannot run this kind of program
     */
    public TestRun testRun(byte[] data, int outSize, byte[] context) {
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            long options = scratch.zeroed(TEST_RUN_OPTIONS);
            long out = outSize == 0 ? 0 : scratch.zeroed(outSize);
            Scratch.MEMORY.putLong(options, TEST_RUN_OPTIONS);
            Scratch.MEMORY.putLong(options + 8, data.length == 0 ? 0 : scratch.bytes(data));
            Scratch.MEMORY.putLong(options + 16, out);
            Scratch.MEMORY.putInt(options + 24, data.length);
            Scratch.MEMORY.putInt(options + 28, outSize);
            Scratch.MEMORY.putLong(options + 32, context.length == 0 ? 0 : scratch.bytes(context));
            Scratch.MEMORY.putInt(options + 48, context.length);
            LibBpf.get().check("run program " + name, "bpf_prog_test_run_opts", fd(), options);
            int written = Math.min(outSize, Scratch.MEMORY.getInt(options + 28));
            return new TestRun(Scratch.MEMORY.getInt(options + 56), Scratch.read(out, written),
                    Scratch.MEMORY.getInt(options + 64));
        } finally {
            state.leave(stamp);
        }
    }
}
