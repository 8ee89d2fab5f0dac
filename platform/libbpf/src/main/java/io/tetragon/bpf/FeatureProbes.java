// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.KernelTypes;
import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.ProbeProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How each feature is tried. A probe returns why the kernel cannot, or an empty string when it can. */
final class FeatureProbes {
    private static final String YES = "";
    private static final Path EVENT_SOURCES = Path.of("/sys/bus/event_source/devices");
    private static final List<Path> TRACEFS = List.of(Path.of("/sys/kernel/tracing/events"),
            Path.of("/sys/kernel/debug/tracing/events"));
    private static final Path SECURITY_MODULES = Path.of("/sys/kernel/security/lsm");
    /** Has an entry that can be patched on every kernel, and is not called while we look. */
    private static final String QUIET_FUNCTION = "kernel_restart";
    private static final String SYSCALL_PREFIX =
            "aarch64".equals(System.getProperty("os.arch")) ? "__arm64_sys_" : "__x64_sys_";
    private static final int MORE_THAN_SMALL = 5000;
    private static final String LSM_FUNCTION = "bpf_lsm_";
    private static final String ANY_LSM_HOOK = "file_open";
    /** Lines that show instructions, the state of registers, and the work done, not what is wrong. */
    private static final Pattern VERIFIER_TRACE =
            Pattern.compile("^(\\d+:|func#|R\\d|;|processed |mark_precise|verification time|stack depth)");
    private static final Pattern NO_HELPER = Pattern.compile("unknown func|invalid func|cannot use helper");
    private static final int SEND_SIGNAL = 109;
    private static final int OVERRIDE_RETURN = 58;
    private static final int PROBE_WRITE_USER = 36;
    private static final int LOOP = 181;
    private static final int FOR_EACH_MAP_ELEM = 164;
    private static final int STRNCMP = 182;
    private static final int RINGBUF_RESERVE_DYNPTR = 198;

    private final KernelFeatures features;
    private final Map<String, Supplier<String>> probes = new LinkedHashMap<>();

    FeatureProbes(KernelFeatures features) {
        this.features = features;
        upstream();
        own();
    }

    /** The names other tools know. */
    private void upstream() {
        probes.put("override_return", () -> helper(ProbeProgram.KPROBE, OVERRIDE_RETURN, "bpf_override_return",
                "needs CONFIG_BPF_KPROBE_OVERRIDE and a kernel that is not locked down"));
        probes.put("buildid", () -> member("perf_event_attr", "needs Linux 5.12", "build_id"));
        probes.put("kprobe_multi", () -> multiKprobe(ProbeProgram.KPROBE_MULTI, "needs Linux 5.18"));
        probes.put("uprobe_multi", () -> multiUprobe(ProbeProgram.UPROBE_MULTI, "needs Linux 6.6"));
        probes.put("fmodret", () -> trampoline(ProbeProgram.MODIFY_RETURN, "security_file_open"));
        probes.put("fmodret_syscall", () -> trampoline(ProbeProgram.MODIFY_RETURN, SYSCALL_PREFIX + "prctl"));
        probes.put("signal", () -> helper(ProbeProgram.RAW_TRACEPOINT, SEND_SIGNAL, "bpf_send_signal",
                "needs Linux 5.3"));
        probes.put("large", this::largePrograms);
        probes.put("link_pin", this::perfLinks);
        probes.put("lsm", this::lsm);
        probes.put("missed_stats_kprobe_multi", () -> member("bpf_link_info", "needs Linux 6.7", "kprobe_multi",
                "missed"));
        probes.put("missed_stats_kprobe", () -> member("bpf_link_info", "needs Linux 6.7", "perf_event", "kprobe",
                "missed"));
        probes.put("batch_update", this::batchUpdate);
        probes.put("uprobe_refctroff", () -> file(EVENT_SOURCES.resolve("uprobe/format/ref_ctr_offset"),
                "the kernel's uprobes have no reference counters, or there are no uprobes"));
        probes.put("audit_loginuid", () -> member("task_struct", "the kernel is built without CONFIG_AUDIT",
                "loginuid"));
        probes.put("probe_write_user", () -> helper(ProbeProgram.KPROBE, PROBE_WRITE_USER, "bpf_probe_write_user",
                "the kernel is locked down or built without it"));
        probes.put("uprobe_regs_change", this::registerWrites);
        probes.put("mix_bpf_and_tail_calls", this::mixedCalls);
        probes.put("substring_kfunc", () -> function("bpf_strnstr"));
    }

    /** The names this platform chooses programs and attach methods by. */
    private void own() {
        probes.put("substring_ignore_case_kfunc", () -> function("bpf_strncasestr"));
        probes.put("btf", () -> file(Path.of("/sys/kernel/btf/vmlinux"),
                "the kernel is built without CONFIG_DEBUG_INFO_BTF"));
        probes.put("ringbuf", () -> map(MapType.RINGBUF, "needs Linux 5.8"));
        probes.put("task_storage", this::taskStorage);
        probes.put("cgrp_storage", () -> map(MapType.CGRP_STORAGE, "needs Linux 6.2"));
        probes.put("raw_tracepoint", () -> refusal(ProbeProgram.empty(ProbeProgram.RAW_TRACEPOINT, 0, 0).load(),
                "raw tracepoint programs"));
        probes.put("tp_btf", this::typedTracepoints);
        probes.put("tracepoint", FeatureProbes::perfTracepoints);
        probes.put("kprobe", () -> file(EVENT_SOURCES.resolve("kprobe/type"),
                "the kernel is built without kprobes (CONFIG_KPROBES, CONFIG_KPROBE_EVENTS)"));
        probes.put("kprobe_session", () -> multiKprobe(ProbeProgram.KPROBE_SESSION, "needs Linux 6.10"));
        probes.put("uprobe", () -> file(EVENT_SOURCES.resolve("uprobe/type"),
                "the kernel is built without uprobes (CONFIG_UPROBES)"));
        probes.put("uprobe_sleepable", () -> refusal(new ProbeProgram(ProbeProgram.KPROBE, 0, 0, ProbeProgram.SLEEPABLE,
                ProbeProgram.empty(ProbeProgram.KPROBE, 0, 0).instructions()).load(), "uprobe programs that may sleep"));
        probes.put("uprobe_session", () -> multiUprobe(ProbeProgram.UPROBE_SESSION, "needs Linux 6.13"));
        probes.put("fentry", () -> trampoline(ProbeProgram.TRACE_FENTRY, QUIET_FUNCTION));
        probes.put("bpf_loop", () -> helper(ProbeProgram.RAW_TRACEPOINT, LOOP, "bpf_loop", "needs Linux 5.17"));
        probes.put("for_each_map_elem", () -> helper(ProbeProgram.RAW_TRACEPOINT, FOR_EACH_MAP_ELEM,
                "bpf_for_each_map_elem", "needs Linux 5.13"));
        probes.put("strncmp", () -> helper(ProbeProgram.RAW_TRACEPOINT, STRNCMP, "bpf_strncmp",
                "needs Linux 5.17"));
        probes.put("dynptr", () -> helper(ProbeProgram.RAW_TRACEPOINT, RINGBUF_RESERVE_DYNPTR,
                "bpf_ringbuf_reserve_dynptr", "needs Linux 5.19"));
    }

    List<String> names() {
        return List.copyOf(probes.keySet());
    }

    String reasonAgainst(String name) {
        Supplier<String> probe = probes.get(name);
        if (probe == null) {
            throw new IllegalArgumentException("no kernel feature is called " + name + "; there are " + names());
        }
        return probe.get();
    }

    private static String file(Path file, String reason) {
        return Files.exists(file) ? YES : reason + " (no " + file + ")";
    }

    /**
     * libbpf's own probe takes the words of kernels since 6.11 ("program of this type cannot use helper") for consent.
     * A complaint about anything else, such as arguments, means that the helper is there.
     */
    private static String helper(int programType, int helper, String name, String hint) {
        ProbeProgram program = ProbeProgram.callOf(programType, helper);
        int errno = program.load();
        if (errno == 0) {
            return YES;
        }
        String log = program.verify();
        if (log.isEmpty()) {
            return refusal(errno, "such programs");
        }
        return NO_HELPER.matcher(log).find() ? "the kernel does not offer " + name + " here: " + hint : YES;
    }

    private static String map(MapType type, String hint) {
        int answer = (int) LibBpf.get().call("libbpf_probe_bpf_map_type", type.number(), 0);
        if (answer == 1) {
            return YES;
        }
        return answer == 0 ? "the kernel has no maps of kind " + type + ": " + hint : refusal(-answer, "such maps");
    }

    /** Task storage exists since 5.11, but tracing programs may use it only since 5.13. */
    private String taskStorage() {
        String missing = map(MapType.TASK_STORAGE, "needs Linux 5.11");
        return missing.isEmpty() && !features.hasFunction("bpf_task_storage_get_recur")
                && !features.hasFunction("bpf_task_storage_get") ? "needs Linux 5.13" : missing;
    }

    private String function(String name) {
        return features.hasFunction(name) ? YES : "the kernel has no function " + name;
    }

    private String member(String structure, String hint, String... path) {
        if (!features.has("btf")) {
            return features.feature("btf").reason();
        }
        return features.ask(types -> types.hasMember(structure, path)) ? YES
                : "the kernel's " + structure + " has no " + String.join(".", path) + ": " + hint;
    }

    private String trampoline(int attachType, String function) {
        return withType(function, id -> id.function(function), id -> {
            int errno = ProbeProgram.empty(ProbeProgram.TRACING, attachType, id).load();
            return errno == Errors.EPERM
                    ? "the kernel refuses every program that needs a BPF trampoline (EPERM), whatever the privileges"
                    : refusal(errno, "such programs on " + function);
        });
    }

    private String lsm() {
        if (features.has("btf") && !features.hasFunction(LSM_FUNCTION + ANY_LSM_HOOK)) {
            return "the kernel is built without the bpf security module (CONFIG_BPF_LSM)";
        }
        return withType(LSM_FUNCTION + ANY_LSM_HOOK, types -> types.function(LSM_FUNCTION + ANY_LSM_HOOK), id -> {
            int errno = ProbeProgram.lsm(id, false, 0).load();
            if (errno == Errors.EPERM) {
                return "the kernel refuses LSM programs, which need a BPF trampoline (EPERM), whatever the privileges";
            }
            return errno == 0 ? lsmEnabled() : refusal(errno, "LSM programs");
        });
    }

    /** Programs of a module that is not enabled load and attach, and never run. */
    private static String lsmEnabled() {
        try {
            List<String> modules = List.of(Files.readString(SECURITY_MODULES).strip().split(","));
            return modules.contains("bpf") ? YES
                    : "the bpf security module is not enabled: boot with lsm=" + withBpf(modules);
        } catch (IOException e) {
            return Files.exists(SECURITY_MODULES) ? SECURITY_MODULES + " cannot be read" : YES;
        }
    }

    /** The kernel lists a module that is always there and has no place in the parameter. */
    private static String withBpf(List<String> modules) {
        return Stream.concat(modules.stream().filter(name -> !name.isEmpty() && !name.equals("capability")),
                Stream.of("bpf")).collect(Collectors.joining(","));
    }

    /** @return why an LSM hook takes no program that returns this, as the verifier says it where it says anything */
    String reasonAgainstLsm(String hook, boolean sleepable, int result) {
        String function = LSM_FUNCTION + hook;
        return withType(function, types -> types.function(function), id -> {
            ProbeProgram program = ProbeProgram.lsm(id, sleepable, result);
            int errno = program.load();
            if (errno == 0) {
                return YES;
            }
            String said = program.verify().lines().map(String::strip).filter(FeatureProbes::explains).findFirst()
                    .orElse("");
            return said.isEmpty() ? refusal(errno, "such programs") : "the kernel's verifier says: " + said;
        });
    }

    private static boolean explains(String line) {
        return !line.isEmpty() && !VERIFIER_TRACE.matcher(line).find();
    }

    private String typedTracepoints() {
        String name = "btf_trace_sched_process_exec";
        return withType(name, types -> types.typedef(name), id -> refusal(ProbeProgram.empty(ProbeProgram.TRACING,
                ProbeProgram.TRACE_RAW_TP, id).load(), "tracepoint programs with types"));
    }

    private String withType(String name, ToIntFunction<KernelTypes> find,
            IntFunction<String> probe) {
        if (!features.has("btf")) {
            return features.feature("btf").reason();
        }
        int id = features.ask(find::applyAsInt);
        return id == 0 ? "the kernel has no " + name : probe.apply(id);
    }

    private static String perfTracepoints() {
        boolean mounted = TRACEFS.stream().anyMatch(Files::isDirectory);
        return mounted ? YES : "tracefs is not mounted (mount -t tracefs nodev /sys/kernel/tracing), or the kernel is"
                + " built without tracepoints";
    }

    private String multiKprobe(int attachType, String hint) {
        int errno = ProbeProgram.empty(ProbeProgram.KPROBE, attachType, 0)
                .withLoaded(program -> ProbeProgram.linkToFunction(program, attachType, QUIET_FUNCTION));
        if (errno == Errors.EOPNOTSUPP) {
            return "the kernel is built without function probes (CONFIG_FPROBE)";
        }
        return errno == Errors.EINVAL ? "the kernel does not know such links: " + hint
                : refusal(errno, "such links");
    }

    private static String multiUprobe(int attachType, String hint) {
        int errno = ProbeProgram.empty(ProbeProgram.KPROBE, attachType, 0)
                .withLoaded(program -> ProbeProgram.linkToDirectory(program, attachType));
        if (errno == Errors.EBADF) {
            return YES;
        }
        return errno == Errors.EINVAL || errno == Errors.EOPNOTSUPP
                ? "the kernel does not know such links: " + hint : refusal(errno, "such links");
    }

    private String perfLinks() {
        int errno = ProbeProgram.empty(ProbeProgram.KPROBE, 0, 0).withLoaded(ProbeProgram::linkToPerfEvent);
        return errno == Errors.EBADF ? YES : "links of probes cannot be pinned: needs Linux 5.15";
    }

    private String largePrograms() {
        long[] instructions = new long[MORE_THAN_SMALL];
        Arrays.fill(instructions, ProbeProgram.move(0, 0));
        instructions[MORE_THAN_SMALL - 1] = ProbeProgram.exit();
        return refusal(new ProbeProgram(ProbeProgram.RAW_TRACEPOINT, 0, 0, instructions).load(),
                "programs of more than 4096 instructions");
    }

    private String batchUpdate() {
        try (StandaloneMap map = BpfMap.create(new MapSpec("probe", MapType.HASH, 4, 4, 1, 0))) {
            return MapWalk.updateBatch(map, List.of(new BpfMap.Entry(new byte[4], new byte[4]))) ? YES
                    : "the kernel cannot update maps in batches: needs Linux 5.6";
        } catch (BpfException e) {
            return e.reason();
        }
    }

    private String registerWrites() {
        long store = ProbeProgram.instruction(0x7b, 1, 2, 0, 0);
        int errno = new ProbeProgram(ProbeProgram.KPROBE, 0, 0, new long[] {ProbeProgram.move(2, 0), store,
                ProbeProgram.move(0, 0), ProbeProgram.exit()}).load();
        return errno == 0 ? YES : "programs cannot change registers: needs a kernel newer than 6.18";
    }

    private String mixedCalls() {
        try (StandaloneMap calls = BpfMap.create(new MapSpec("probe", MapType.PROG_ARRAY, 4, 4, 1, 0))) {
            long[] instructions = {
                ProbeProgram.instruction(0xbf, 6, 1, 0, 0),
                ProbeProgram.instruction(0x85, 0, 1, 0, 7),
                ProbeProgram.instruction(0xbf, 1, 6, 0, 0),
                ProbeProgram.instruction(0x18, 2, 1, 0, calls.fd()),
                0,
                ProbeProgram.move(3, 0),
                ProbeProgram.instruction(0x85, 0, 0, 0, 12),
                ProbeProgram.move(0, 0),
                ProbeProgram.exit(),
                ProbeProgram.move(0, 0),
                ProbeProgram.exit(),
            };
            return refusal(new ProbeProgram(ProbeProgram.RAW_TRACEPOINT, 0, 0, instructions).load(),
                    "programs with both function and tail calls");
        } catch (BpfException e) {
            return e.reason();
        }
    }

    private static String refusal(int errno, String what) {
        if (errno == 0) {
            return YES;
        }
        return "the kernel refuses " + what + ": " + Errors.text(errno) + " (" + Errors.name(errno) + ")";
    }
}
