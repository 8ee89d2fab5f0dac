// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.process;

import org.jspecify.annotations.Nullable;

/** The process cache as decoders use it: on the reader's thread only. */
public interface Processes {
    /** Returns the process with this identity, null if it is not in the cache. */
    @Nullable Process find(int pid, long ktime);

    /** Returns the newest process of a thread group, null if there is none in the cache. */
    @Nullable Process newest(int pid);

    /** Whether the cache knows that this process has ended or executed another program. */
    boolean hasEnded(int pid, long ktime);
}
