// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds the cgroup hierarchy in which the machine keeps its containers. */
public final class CgroupHierarchy {
    /** The unified hierarchy (cgroup v2). */
    static final long UNIFIED = 0xFFFF_FFFFL;

    private static final Log LOG = Log.of(CgroupHierarchy.class);
    private static final Path CGROUPS = Path.of("/proc/cgroups");
    private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
    private static final Path V2_CONTROLLERS = Path.of("/sys/fs/cgroup/cgroup.controllers");
    private static final Path HYBRID_CONTROLLERS = Path.of("/sys/fs/cgroup/unified/cgroup.controllers");

    /** Read-only variable of the objects that look at cgroups. */
    private static final String CONSTANT = "cgroup_v1_subsystem";

    private CgroupHierarchy() {}

    /** Tells an object that is not loaded yet, if it wants to know. */
    static void tell(BpfObject object) {
        if (object.hasConstant(CONSTANT)) {
            object.setConstant(CONSTANT, v1Subsystem());
        }
    }

    /**
     * Returns the index, in the kernel's order, of the cgroup v1 controller to look at; {@link #UNIFIED} where containers
     * are in the unified hierarchy. Without one mounted anywhere, it is the memory controller's, else that of pids.
     */
    static long v1Subsystem() {
        return v1Controller().index();
    }

    /** Returns where the hierarchy is mounted, in the order of the mounts. */
    public static List<Path> mounts() {
        String controller = v1Controller().name();
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

    /** A controller of cgroup v1; without a name, the unified hierarchy. */
    private record Controller(String name, long index) {}

    private static Controller v1Controller() {
        Controller none = new Controller("", UNIFIED);
        if (Files.exists(V2_CONTROLLERS) || Files.exists(HYBRID_CONTROLLERS)) {
            return none;
        }
        try {
            List<String> lines = Files.readAllLines(CGROUPS);
            for (String controller : new String[] {"memory", "pids"}) {
                // The first line is a heading; the others are in the order of the kernel's subsystems.
                for (int i = 1; i < lines.size(); i++) {
                    String[] fields = lines.get(i).split("\t");
                    if (fields.length == 4 && fields[0].equals(controller) && fields[3].equals("1")) {
                        return new Controller(controller, i - 1);
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("cgroup hierarchies not read", "reason", e.toString());
        }
        return none;
    }
}
