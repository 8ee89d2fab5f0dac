// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.lsm.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Attachment;
import io.tetragon.api.sensor.Attachments;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which programs of the object a hook needs. The kernel runs the one first that was attached last; what is told when a call
 * is refused comes last of all.
 *
 * @param attached LSM programs, in the order of attaching
 * @param hashed null when no hash is asked for
 */
record LsmPrograms(LsmHook hook, List<String> attached, @Nullable HashedFile hashed) {
    private static final String FUNCTION = "bpf_lsm_";
    private static final String REFUSED = "hook_refused";

    static LsmPrograms of(LsmHook hook, @Nullable HashedFile hashed) {
        return new LsmPrograms(hook, hashed == null ? List.of("hook_lsm") : List.of("hook_report", "hook_hash", "hook_order"),
                hashed);
    }

    void applyTo(ObjectPlan.Builder object) {
        if (hashed != null) {
            object.constant("file_parameter", hashed.parameter()).constant("file_of_program", hashed.ofProgram() ? 1 : 0);
            KernelFunction collecting = hashed.collecting();
            if (collecting != null) {
                object.constant("collecting_from", collecting.from()).constant("collecting_to", collecting.to());
            }
        }
        if (hook.decides()) {
            object.program(REFUSED, FUNCTION + hook.name())
                    .attach(limited(Attachments.trace(REFUSED, FUNCTION + hook.name(), 0)));
        }
        for (String program : attached) {
            object.program(program, hook.name()).attach(limited(Attachments.lsm(program, hook.name())));
        }
    }

    private Attachment limited(Attachment attachment) {
        return new Limited(hook.name(), attachment);
    }

    /** Says what the kernel means by its argument list. */
    private record Limited(String hook, Attachment attachment) implements Attachment {
        private static final int E2BIG = 7;

        @Override
        public AutoCloseable attach(BpfObject object) throws TetragonException {
            try {
                return attachment.attach(object);
            } catch (BpfException e) {
                if (e.errno() != E2BIG) {
                    throw e;
                }
                throw new TetragonException(TetragonException.Kind.RESOURCE_EXHAUSTED, "attach to LSM hook " + hook,
                        "it has the 38 programs already that the kernel runs at one place",
                        "a policy takes two of them, with imaHash four: put selectors into one hook", e);
            }
        }

        @Override
        public String description() {
            return attachment.description();
        }
    }
}
