// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.KernelTypes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the running kernel can do. Each question is answered by trying it, when it is asked for the first time, and the
 * answer is kept; none leaves anything behind in the kernel. Safe for concurrent use.
 */
public final class KernelFeatures implements AutoCloseable {
    private final Map<String, Feature> answers = new ConcurrentHashMap<>();
    private final FeatureProbes probes = new FeatureProbes(this);
    private @Nullable KernelTypes types;

    /** Asks nothing yet. */
    public KernelFeatures() {
        super();
    }

    /** @return the names of all features, in the order they are reported */
    public List<String> names() {
        return probes.names();
    }

    /**
     * A feature, tried now if it was not before.
     *
     * @throws IllegalArgumentException when there is no feature of that name
     * @throws BpfException             when libbpf is missing
     */
    public Feature feature(String name) {
        Feature known = answers.get(name);
        if (known != null) {
            return known;
        }
        String reason = probes.reasonAgainst(name);
        Feature answer = new Feature(name, reason.isEmpty(), reason);
        answers.put(name, answer);
        return answer;
    }

    /** @return whether a feature is available */
    public boolean has(String name) {
        return feature(name).available();
    }

    /** @return all features by name; tries those that were not tried yet, which takes some hundred milliseconds */
    public Map<String, Feature> all() {
        Map<String, Feature> all = new LinkedHashMap<>();
        for (String name : names()) {
            all.put(name, feature(name));
        }
        return all;
    }

    /** @return whether the kernel's type information has a function, which kfuncs are too; false without any */
    public boolean hasFunction(String name) {
        return has("btf") && ask(types -> types.function(name)) != 0;
    }

    /**
     * Tries whether programs may be put on an LSM hook; asked again, it tries again.
     *
     * @param hook      without {@code bpf_lsm_}; one that does not exist is not available
     * @param sleepable whether the program may sleep
     * @param result    what the program returns
     */
    public Feature lsmHook(String hook, boolean sleepable, int result) {
        String reason = probes.reasonAgainstLsm(hook, sleepable, result);
        return new Feature("LSM hook " + hook, reason.isEmpty(), reason);
    }

    /** @return whether the kernel has a raw tracepoint with type information; false without any */
    public boolean hasRawTracepoint(String name) {
        return has("btf") && ask(types -> types.typedef("btf_trace_" + name)) != 0;
    }

    /**
     * Tells whether programs on tracepoints may be preempted, from Linux 7.0 on; then the kernel skips a program whose last
     * run on the same processor is not over, and counts that ({@link ProgramInfo#recursionMisses}). Told by a type that
     * came with it. System calls' own tracepoints are not among those.
     *
     * @return false without type information, too
     */
    public boolean hasPreemptibleTracepoints() {
        return has("btf") && ask(types -> types.typedef("class_srcu_fast_notrace_t")) != 0;
    }

    /** Asks the kernel's type information, which nobody can free meanwhile. */
    synchronized <T> T ask(Function<KernelTypes, T> question) {
        KernelTypes loaded = types;
        if (loaded == null) {
            loaded = KernelTypes.load();
            types = loaded;
        }
        return question.apply(loaded);
    }

    /**
     * Frees the kernel's type information, some seven megabytes. It is read again, in some milliseconds, when it is
     * needed, so this is for whenever no questions are expected for a while.
     */
    @Override
    public synchronized void close() {
        if (types != null) {
            types.close();
            types = null;
        }
    }
}
