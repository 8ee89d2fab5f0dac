// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.core.internal.sensor.CgroupHierarchy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The folders of the cgroup hierarchy in which the machine keeps its containers. Safe for use by any thread. */
final class CgroupTree {
    /** Of the root of every hierarchy. */
    private static final long ROOT_ID = 1;

    private final @Nullable Path root;

    /** @param root where the hierarchy is mounted; null where that was not found */
    CgroupTree(@Nullable Path root) {
        this.root = root;
    }

    /** Looks for the hierarchy that the programs look at. */
    static CgroupTree find() {
        return new CgroupTree(CgroupHierarchy.mounts().stream().filter(mount -> id(mount) == ROOT_ID).findFirst()
                .orElse(null));
    }

    /**
     * Finds a cgroup.
     *
     * @param cgroupsPath as {@link CgroupPath} knows it
     * @throws TetragonException INVALID_ARGUMENT when it is none, NOT_FOUND when there is no such cgroup,
     *     FAILED_PRECONDITION when the agent does not see the cgroups of the machine
     */
    Cgroup resolve(String cgroupsPath) throws TetragonException {
        List<String> names = CgroupPath.names(cgroupsPath);
        if (root == null) {
            throw new TetragonException(Kind.FAILED_PRECONDITION, "find a cgroup",
                    "no hierarchy of cgroups is mounted from its root", "run the agent where the host's /sys/fs/cgroup is");
        }
        Path folder = root;
        for (String name : names) {
            folder = folder.resolve(name);
        }
        long id = id(folder);
        if (id == 0) {
            throw new TetragonException(Kind.NOT_FOUND, "cgroup " + folder, "it does not exist",
                    "announce a container when its cgroup was made");
        }
        return new Cgroup(id, names.size(), folder);
    }

    /** Whether a cgroup is still there: not gone, and no other one in its place. */
    static boolean exists(Cgroup cgroup) {
        return id(cgroup.folder()) == cgroup.id();
    }

    /** Returns 0 where there is no folder. */
    private static long id(Path folder) {
        try {
            return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    ? (Long) Files.getAttribute(folder, "unix:ino", LinkOption.NOFOLLOW_LINKS)
                    : 0;
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            // It went between two calls, or is not ours to see; neither can be told from not being there.
            return 0;
        }
    }
}
