// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.OpenState;

/** While one is open, the kernel measures every BPF program of the machine (some 20 ns a run). */
public final class RunStatistics implements AutoCloseable {
    private static final int RUN_TIME = 0;

    private final OpenState state = new OpenState("run statistics");
    private final int fd;

    private RunStatistics(int fd) {
        this.fd = fd;
    }

    /** @throws BpfException when the kernel refuses (before 5.8, or not permitted) */
    public static RunStatistics enable() {
        return new RunStatistics(LibBpf.get().check("measure BPF programs", "bpf_enable_stats", RUN_TIME));
    }

    @Override
    public void close() {
        state.close(() -> Libc.close(fd));
    }
}
