// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.NativeFunction;
import io.tetragon.bpf.internal.Scratch;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file system that describes tracepoints and knows which functions can be traced. Most systems mount it when they boot;
 * small ones and containers do not.
 */
public final class TraceFs {
    /** Where it belongs. */
    public static final Path ROOT = Path.of("/sys/kernel/tracing");

    private static final int NOSUID = 2;
    private static final int NODEV = 4;
    private static final int NOEXEC = 8;

    private TraceFs() {
    }

    /** @return whether it is mounted where it belongs */
    public static boolean isMounted() {
        return Files.isDirectory(ROOT.resolve("events"));
    }

    /**
     * Mounts it where it belongs.
     *
     * @throws BpfException when the kernel lacks it or does not permit it
     */
    public static void mount() {
        try (Scratch scratch = new Scratch()) {
            long type = scratch.string("tracefs");
            if (Libc.call("mount", type, scratch.string(ROOT.toString()), type, NOSUID | NODEV | NOEXEC, 0) != 0) {
                throw Errors.of("mount tracefs at " + ROOT, NativeFunction.errno());
            }
        }
    }
}
