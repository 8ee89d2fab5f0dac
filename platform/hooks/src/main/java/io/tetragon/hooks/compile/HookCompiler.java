// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.hooks.internal.abi.HookFlags;
import io.tetragon.hooks.internal.compile.Compilation;
import io.tetragon.hooks.internal.compile.HookParts;
import io.tetragon.policy.model.HookSpec;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import java.nio.file.Path;
import java.util.Set;

/**
 * Turns hooks of policies into configurations of the generic hook programs. On the control thread only, because that is where
 * sets of binaries are acquired.
 */
public final class HookCompiler {
    /** Flag of programs whose result replaces the function's: fmod_ret and LSM. */
    public static final int OVERRIDES_BY_RESULT = HookFlags.HOOK_OVERRIDES_BY_RESULT;

    /** Flag of programs that know the hash of a file when they send: LSM. */
    public static final int HASHES_FILES = HookFlags.HOOK_HASHES_FILES;

    private static final Path PROCFS = Path.of("/proc");

    private final KernelTypes types;
    private final BinarySets binaries;
    private final Path procfs;

    /** Compiles with the host's namespaces as {@code /proc} shows them. */
    public HookCompiler(KernelTypes types, BinarySets binaries) {
        this(types, binaries, PROCFS);
    }

    /**
     * @param types of the kernel; the compiler does not close them
     * @param procfs where procfs is mounted that shows the host's processes, for {@code host_ns}
     */
    public HookCompiler(KernelTypes types, BinarySets binaries, Path procfs) {
        this.types = types;
        this.binaries = binaries;
        this.procfs = procfs;
    }

    /**
     * Leaves out of an object's plan what only the programs of hooks use, for an object that has others.
     *
     * @param used maps that its programs use all the same
     */
    public static void omitMaps(ObjectPlan.Builder plan, Set<String> used) {
        HookParts.mapsOfHooks().stream().filter(map -> !used.contains(map)).forEach(plan::omit);
    }

    /** Returns the bits of {@code enum hook_flags} that all hooks of a policy have in common, to be passed with each of them. */
    public static int flagsOf(TracingPolicy policy) {
        return Compilation.tracksSockets(policy) ? HookFlags.HOOK_TRACKS_SOCKS : 0;
    }

    /**
     * Compiles a hook.
     *
     * @param hook the agent's number of the hook, above 0
     * @param opcode of its records, a {@code MSG_OP_GENERIC_*}
     * @param extraFlags bits of {@code enum hook_flags} that the caller knows: those of {@link #flagsOf}, of which a hook
     *     without sockets drops HOOK_TRACKS_SOCKS, HOOK_OVERRIDES_BY_RESULT and HOOK_HASHES_FILES
     * @throws TetragonException INVALID_ARGUMENT when the hook makes no sense on this kernel or exceeds a limit, UNSUPPORTED
     *     when the kernel lacks what it asks for, RESOURCE_EXHAUSTED when there are no more sets of binaries; whatever was
     *     acquired for it is then released
     */
    public CompiledHook compile(HookSpec spec, HookTarget target, int hook, int opcode, int extraFlags)
            throws TetragonException {
        if (hook <= 0) {
            throw new IllegalArgumentException("hooks are numbered from 1");
        }
        return new CompiledHook(new Compilation(spec, target, types.source(), binaries, procfs)
                .compile(hook, opcode, extraFlags));
    }
}
