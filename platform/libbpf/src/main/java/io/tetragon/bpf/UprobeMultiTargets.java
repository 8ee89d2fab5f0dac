// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.NativeFunction;
import io.tetragon.bpf.internal.Scratch;
import java.nio.file.Path;

/**
 * Places of one file for one link.
 *
 * @param offsets    in the file
 * @param semaphores file offsets of reference counters, one for each place, or none at all
 * @param cookies    one for each place, or none at all
 * @param pid        a process, or 0 for all
 * @param returns    whether at the return of the functions; not for sessions
 * @param type       {@link AttachType#TRACE_UPROBE_MULTI} or {@link AttachType#TRACE_UPROBE_SESSION}
 */
public record UprobeMultiTargets(Path file, long[] offsets, long[] semaphores, long[] cookies, int pid,
        boolean returns, AttachType type) {
    private static final int BPF_LINK_CREATE = 28;
    private static final int RETURN_FLAG = 1;
    private static final int ATTRIBUTES = 64;

    /** Checks that the arrays belong together. */
    public UprobeMultiTargets {
        if (offsets.length == 0 || semaphores.length != 0 && semaphores.length != offsets.length
                || cookies.length != 0 && cookies.length != offsets.length) {
            throw new IllegalArgumentException("offsets, semaphores and cookies do not belong together");
        }
    }

    int attach(String operation, int program) {
        try (Scratch scratch = new Scratch()) {
            long attributes = scratch.zeroed(ATTRIBUTES);
            Scratch.MEMORY.putInt(attributes, program);
            Scratch.MEMORY.putInt(attributes + 8, type.number());
            Scratch.MEMORY.putLong(attributes + 16, scratch.string(file.toString()));
            Scratch.MEMORY.putLong(attributes + 24, scratch.longs(offsets));
            Scratch.MEMORY.putLong(attributes + 32, semaphores.length == 0 ? 0 : scratch.longs(semaphores));
            Scratch.MEMORY.putLong(attributes + 40, cookies.length == 0 ? 0 : scratch.longs(cookies));
            Scratch.MEMORY.putInt(attributes + 48, offsets.length);
            Scratch.MEMORY.putInt(attributes + 52, returns ? RETURN_FLAG : 0);
            Scratch.MEMORY.putInt(attributes + 56, pid);
            int link = Libc.bpf(BPF_LINK_CREATE, attributes, ATTRIBUTES);
            if (link < 0) {
                throw Errors.of(operation, NativeFunction.errno());
            }
            return link;
        }
    }
}
