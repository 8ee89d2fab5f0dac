// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfObject;
import io.tetragon.core.internal.abi.ContainerHierarchy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds the cgroup hierarchy in which the machine keeps its containers. */
public final class CgroupHierarchy {
    private static final Log LOG = Log.of(CgroupHierarchy.class);
    private static final Path CGROUPS = Path.of("/proc/cgroups");
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final Path V2_CONTROLLERS = Path.of("/sys/fs/cgroup/cgroup.controllers");
    private static final Path HYBRID_CONTROLLERS = Path.of("/sys/fs/cgroup/unified/cgroup.controllers");

    /** Read-only variable of the objects that look at cgroups. */
    private static final String CONSTANT = "container_hierarchy";

    /** What there may be, as programs know it. */
    enum Hierarchy {
        UNIFIED("", ContainerHierarchy.CGROUP_V2),
        V1_MEMORY("memory", ContainerHierarchy.CGROUP_V1_MEMORY),
        V1_PIDS("pids", ContainerHierarchy.CGROUP_V1_PIDS);

        final String controller;
        final int number;

        Hierarchy(String controller, int number) {
            this.controller = controller;
            this.number = number;
        }
    }

    private CgroupHierarchy() {}

    /** Tells an object that is not loaded yet, if it wants to know. */
    static void tell(BpfObject object) {
        if (object.hasConstant(CONSTANT)) {
            object.setConstant(CONSTANT, hierarchy().number);
        }
    }

    /** Returns where the hierarchy is mounted, in the order of the mounts. */
    public static List<Path> mounts() {
        String controller = hierarchy().controller;
        List<Path> mounts = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(MOUNTS)) {
                // A dash stands between what every mount has, its place in the fifth field, and the file system's own.
                String[] halves = line.split(" - ", 2);
                String[] mount = halves[0].split(" ");
                String[] fileSystem = halves.length < 2 ? new String[0] : halves[1].split(" ");
                if (mount.length < 5 || fileSystem.length < 3) {
                    continue;
                }
                boolean found = controller.isEmpty() ? fileSystem[0].equals("cgroup2")
                        : fileSystem[0].equals("cgroup") && List.of(fileSystem[2].split(",")).contains(controller);
                if (found) {
                    mounts.add(Path.of(mount[4].replace("\\040", " ")));
                }
            }
        } catch (IOException | InvalidPathException e) {
            LOG.debug("mounts of cgroups not read", "reason", e.toString());
        }
        return mounts;
    }

    private static Hierarchy hierarchy() {
        if (Files.exists(V2_CONTROLLERS) || Files.exists(HYBRID_CONTROLLERS)) {
            return Hierarchy.UNIFIED;
        }
        try {
            return among(Files.readAllLines(CGROUPS));
        } catch (IOException e) {
            LOG.debug("cgroup hierarchies not read", "reason", e.toString());
            return Hierarchy.UNIFIED;
        }
    }

    /**
     * Chooses among the hierarchies of cgroup v1; the unified one where none of them is there.
     *
     * @param controllers lines of {@code /proc/cgroups}: name, number of the hierarchy, its cgroups, whether it is enabled
     */
    static Hierarchy among(List<String> controllers) {
        for (Hierarchy hierarchy : List.of(Hierarchy.V1_MEMORY, Hierarchy.V1_PIDS)) {
            for (String line : controllers) {
                String[] fields = line.split("\t");
                // A controller without a hierarchy of its own, 0, may be one that the kernel has for cgroup v2 only.
                if (fields.length == 4 && fields[0].equals(hierarchy.controller) && !fields[1].equals("0")
                        && fields[3].equals("1")) {
                    return hierarchy;
                }
            }
        }
        return Hierarchy.UNIFIED;
    }
}
