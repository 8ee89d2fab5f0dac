// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.lsm.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.bpf.Feature;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.hooks.compile.Prototype;
import io.tetragon.policy.model.Action;
import io.tetragon.policy.model.LsmSpec;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The file whose hash the events of a hook have.
 *
 * @param parameter which of the hook's
 * @param ofProgram whether that is a {@code struct linux_binprm}, which has the file
 * @param collecting where the kernel's function lies from which files must not be hashed; null where it does not lead to the
 *     hook, or is not known
 */
record HashedFile(int parameter, boolean ofProgram, @Nullable KernelFunction collecting) {
    /** IMA opens files within it. */
    private static final String COLLECT = "ima_collect_measurement";
    private static final String OPENING = "file_open";

    private static final String FILE = "struct file *";
    private static final String PROGRAM = "struct linux_binprm *";

    /** The programs read parameters behind that only as numbers. */
    private static final int PARAMETERS_MAX = 5;

    /**
     * Finds the file of a policy's hook.
     *
     * @return null when the policy asks for no hash
     * @throws TetragonException when it does, and there cannot be one
     */
    static @Nullable HashedFile of(LsmSpec spec, LsmHook hook, KernelTypes types, KernelFeatures kernel)
            throws TetragonException {
        Optional<Action.Post> asking = spec.selectors().stream().flatMap(selector -> selector.actions().stream())
                .filter(Action.Post.class::isInstance).map(Action.Post.class::cast).filter(Action.Post::imaHash)
                .findFirst();
        if (asking.isEmpty()) {
            return null;
        }
        String what = asking.get().at() + ": imaHash on LSM hook " + hook.name();
        HashedFile file = among(hook.prototype().parameters());
        if (file == null) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, what, "the hook is passed no file",
                    "use one like file_open, mmap_file, bprm_check_security");
        }
        if (!types.hasFunction("ima_file_hash")) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, what,
                    "this kernel is built without CONFIG_IMA, or older than Linux 5.18", "");
        }
        Feature sleepable = kernel.lsmHook(hook.name(), true, 0);
        if (!sleepable.available()) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, what,
                    "hashing reads the file, and this hook's programs may not wait for that: " + sleepable.reason(),
                    "use one like file_open, mmap_file, bprm_check_security");
        }
        return hook.name().equals(OPENING)
                ? new HashedFile(file.parameter, file.ofProgram, KernelFunction.find(COLLECT)) : file;
    }

    private static @Nullable HashedFile among(List<Prototype.Parameter> parameters) {
        for (int index = 0; index < Math.min(parameters.size(), PARAMETERS_MAX); index++) {
            String type = parameters.get(index).typeName().replaceFirst("^const ", "");
            if (type.equals(FILE) || type.equals(PROGRAM)) {
                return new HashedFile(index, type.equals(PROGRAM), null);
            }
        }
        return null;
    }

    /** Returns what the author of a policy should know. */
    Optional<String> warning(LsmSpec spec) {
        if (!spec.hook().equals(OPENING)) {
            return Optional.empty();
        }
        String unguarded = collecting == null
                ? "; the kernel hides " + COLLECT + ", so do not use it with an IMA policy about files being written" : "";
        return Optional.of(LsmHook.what(spec) + ": the file cannot be read yet, so only hashes that IMA has measured"
                + " before are known; file_post_open, where the kernel has it, knows all" + unguarded);
    }
}
