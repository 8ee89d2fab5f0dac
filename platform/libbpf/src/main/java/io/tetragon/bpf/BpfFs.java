// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.NativeFunction;
import io.tetragon.bpf.internal.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * The file system in which links, programs and maps are pinned: they live on when nobody holds them, until their files are
 * removed. Names in it cannot have a dot. Most systems mount it when they boot; small ones and containers do not.
 */
public final class BpfFs {
    /** Where it belongs. */
    public static final Path ROOT = Path.of("/sys/fs/bpf");
    /** Where it is mounted if that place cannot be used. */
    public static final Path FALLBACK = Path.of("/run/cilium/bpffs");

    private static final long MAGIC = 0xcafe4a11L;
    private static final int STATFS_SIZE = 120;
    private static final int NOSUID = 2;
    private static final int NODEV = 4;
    private static final int NOEXEC = 8;

    private BpfFs() {
    }

    /** @return whether a path is in a mounted BPF file system */
    public static boolean isMounted(Path path) {
        try (Scratch scratch = new Scratch()) {
            long state = scratch.zeroed(STATFS_SIZE);
            return Libc.call("statfs", scratch.string(path.toString()), state) == 0
                    && (Scratch.MEMORY.getLong(state) & 0xffffffffL) == MAGIC;
        }
    }

    /** @return where it is mounted: {@link #ROOT} unless only {@link #FALLBACK} is; ROOT, too, if neither */
    public static Path root() {
        return !isMounted(ROOT) && isMounted(FALLBACK) ? FALLBACK : ROOT;
    }

    /**
     * Mounts it, for root alone, where it belongs or else at {@link #FALLBACK}.
     *
     * @return where it is mounted now
     * @throws BpfException when the kernel lacks it or does not permit it
     */
    public static Path mount() {
        if (Files.isDirectory(ROOT) && mount(ROOT)) {
            return ROOT;
        }
        try {
            Files.createDirectories(FALLBACK);
        } catch (IOException e) {
            throw new BpfException("mount the BPF file system", 0, "neither at " + ROOT + " nor at " + FALLBACK + ": " + e,
                    "mount it: mount -t bpf bpf " + ROOT);
        }
        if (!mount(FALLBACK)) {
            throw Errors.of("mount the BPF file system at " + ROOT + " or " + FALLBACK, NativeFunction.errno());
        }
        return FALLBACK;
    }

    private static boolean mount(Path where) {
        try (Scratch scratch = new Scratch()) {
            long type = scratch.string("bpf");
            return Libc.call("mount", type, scratch.string(where.toString()), type, NOSUID | NODEV | NOEXEC,
                    scratch.string("mode=0700")) == 0;
        }
    }

    /**
     * Makes a directory in it that only its owner may look into.
     *
     * @throws BpfException when it cannot be made, or is there already
     */
    public static void createDirectory(Path directory) {
        try (Scratch scratch = new Scratch()) {
            if (Libc.call("mkdir", scratch.string(directory.toString()), 0700) != 0) {
                throw Errors.of("make the directory " + directory, NativeFunction.errno());
            }
        }
    }

    /** @return whether something of this name is there that is a directory, and not a link to one */
    public static boolean isDirectory(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }
}
