// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Finds the cgroup hierarchy in which the machine keeps its containers. */
final class CgroupHierarchy {
    /** The unified hierarchy (cgroup v2). */
    static final long UNIFIED = 0xFFFF_FFFFL;

    private static final Log LOG = Log.of(CgroupHierarchy.class);
    private static final Path CGROUPS = Path.of("/proc/cgroups");
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
        if (Files.exists(V2_CONTROLLERS) || Files.exists(HYBRID_CONTROLLERS)) {
            return UNIFIED;
        }
        try {
            List<String> lines = Files.readAllLines(CGROUPS);
            for (String controller : new String[] {"memory", "pids"}) {
                // The first line is a heading; the others are in the order of the kernel's subsystems.
                for (int i = 1; i < lines.size(); i++) {
                    String[] fields = lines.get(i).split("\t");
                    if (fields.length == 4 && fields[0].equals(controller) && fields[3].equals("1")) {
                        return i - 1;
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("cgroup hierarchies not read", "reason", e.toString());
        }
        return UNIFIED;
    }
}
