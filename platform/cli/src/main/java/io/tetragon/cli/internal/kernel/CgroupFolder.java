// SPDX-License-Identifier: Apache-2.0
package io.tetragon.cli.internal.kernel;

import io.tetragon.cli.internal.CliException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A folder of the cgroup file system. */
public record CgroupFolder(Path path) {
    /** Of the root of every hierarchy. */
    private static final long ROOT = 1;

    /** Where hierarchies that hold containers are mounted, the unified one first. */
    private static final List<Path> MOUNTS = List.of(Path.of("/sys/fs/cgroup/unified"), Path.of("/sys/fs/cgroup"));

    /** Looks for the cgroup of a number. */
    public static CgroupFolder find(long id) throws CliException {
        for (Path mount : MOUNTS) {
            if (!Files.exists(mount.resolve("cgroup.procs"))) {
                continue;
            }
            try (Stream<Path> folders = Files.walk(mount)) {
                Path found = folders.filter(folder -> Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS))
                        .filter(folder -> inode(folder) == id).findFirst().orElse(null);
                if (found != null) {
                    return new CgroupFolder(found);
                }
            } catch (IOException | UncheckedIOException e) {
                throw new CliException("looking for cgroup " + Long.toUnsignedString(id) + " failed: " + e.getMessage(), e);
            }
        }
        throw new CliException("there is no cgroup " + Long.toUnsignedString(id) + " below /sys/fs/cgroup: give its folder,"
                + " with --arg-type file");
    }

    /** Returns its number in the kernel. */
    public long id() throws CliException {
        if (!Files.exists(path.resolve("cgroup.procs"))) {
            throw new CliException(path + " is no folder of the cgroup file system");
        }
        long id = inode(path);
        if (id == 0) {
            throw new CliException(path + " went while it was looked at");
        }
        return id;
    }

    /** Returns how far it is below the root of its hierarchy. */
    public int level() throws CliException {
        int level = 0;
        for (@Nullable Path at = path.toAbsolutePath().normalize(); at != null && Files.exists(at.resolve("cgroup.procs"));
                at = at.getParent()) {
            if (inode(at) == ROOT) {
                return level;
            }
            level++;
        }
        throw new CliException("the root of the cgroups above " + path + " is not mounted here");
    }

    private static long inode(Path folder) {
        try {
            return (Long) Files.getAttribute(folder, "unix:ino", LinkOption.NOFOLLOW_LINKS);
        } catch (IOException e) {
            // Gone meanwhile: the number of none.
            return 0;
        }
    }
}
