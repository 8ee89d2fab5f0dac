// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.btf.BtfFormatException;
import io.tetragon.hooks.internal.compile.Functions;
import io.tetragon.hooks.internal.compile.TypeSource;
import io.tetragon.hooks.internal.compile.TypeTable;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The types of the running kernel and of its modules: prototypes of functions, raw tracepoints and LSM hooks, members of
 * structures. Read from BTF on first use, in some 50 ms, and then kept in about eight megabytes until it is closed; used
 * again after that, it reads again. So it is closed whenever a policy is planned. Thread-safe.
 *
 * <p>A kernel without types, or with unreadable ones, answers like one that has nothing; {@link #load} says why.
 */
public final class KernelTypes implements AutoCloseable {
    private final TypeSource source;

    private KernelTypes(TypeSource source) {
        this.source = source;
    }

    /** Returns the types of the running kernel. Reads nothing yet. */
    public static KernelTypes ofKernel() {
        return ofFolder(Path.of("/sys/kernel/btf"));
    }

    /** Returns the types in a folder that looks like a kernel's. */
    static KernelTypes ofFolder(Path folder) {
        return new KernelTypes(new TypeSource(folder.resolve("vmlinux"), folder));
    }

    /**
     * Returns the types in a file. Reads nothing yet.
     *
     * @param file a BTF section, or an ELF file that has one
     */
    public static KernelTypes ofFile(Path file) {
        return new KernelTypes(new TypeSource(file, null));
    }

    /**
     * Reads the types, unless they are there.
     *
     * @throws TetragonException UNSUPPORTED when the kernel has none
     */
    public void load() throws TetragonException {
        source.types();
    }

    /** Whether the kernel, or a module that is loaded, has a function of that name. */
    public boolean hasFunction(String name) {
        return function(name).isPresent();
    }

    /** Returns a function of the kernel or of a module. */
    public Optional<Prototype> function(String name) {
        return search(types -> Functions.function(types, name));
    }

    /** Returns what the programs of a raw tracepoint are passed. */
    public Optional<Prototype> rawTracepoint(String event) {
        return search(types -> Functions.rawTracepoint(types, event));
    }

    /** Returns what the programs of an LSM hook are passed, and what it returns; the hook is named without its prefix. */
    public Optional<Prototype> lsmHook(String hook) {
        return ask("", types -> Functions.lsmHook(types, hook));
    }

    /** Returns up to {@code max} LSM hooks whose names are like one that does not exist, best first; for errors. */
    public List<String> nearestLsmHooks(String hook, int max) {
        return ask("", types -> Optional.of(Functions.nearestLsmHooks(types, hook, max))).orElse(List.of());
    }

    /** Returns up to {@code max} functions whose names are like one that does not exist, best first; for errors. */
    public List<String> nearestFunctions(String name, int max) {
        return ask("", types -> Optional.of(Functions.nearest(types, name, max))).orElse(List.of());
    }

    /** Gives the memory back. */
    @Override
    public void close() {
        source.release();
    }

    TypeSource source() {
        return source;
    }

    private <T> Optional<T> search(Function<TypeTable, Optional<T>> question) {
        Optional<T> answer = ask("", question);
        for (String module : answer.isPresent() ? List.<String>of() : modules()) {
            answer = ask(module, question);
            if (answer.isPresent()) {
                return answer;
            }
        }
        return answer;
    }

    private List<String> modules() {
        try {
            return source.modules();
        } catch (TetragonException e) {
            return List.of();
        }
    }

    private <T> Optional<T> ask(String module, Function<TypeTable, Optional<T>> question) {
        try {
            return question.apply(source.module(module));
        } catch (TetragonException | BtfFormatException e) {
            return Optional.empty();
        }
    }
}
