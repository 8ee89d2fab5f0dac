// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.cache;

import io.tetragon.api.process.Namespaces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the namespaces of a process from procfs. */
public final class ProcNamespaces {
    private ProcNamespaces() {}

    /**
     * Returns the host's namespaces: those of its init, or the agent's own where init is hidden, which is meant to run among
     * them.
     */
    public static Namespaces ofHost(Path procfs) {
        Namespaces init = read(procfs.resolve("1"));
        return init.mnt() != 0 ? init : read(procfs.resolve("self"));
    }

    /**
     * Returns the namespaces; 0 for each that cannot be read.
     *
     * @param process the process's folder in procfs
     */
    static Namespaces read(Path process) {
        Path ns = process.resolve("ns");
        return new Namespaces(inode(ns, "uts"), inode(ns, "ipc"), inode(ns, "mnt"), inode(ns, "pid"),
                inode(ns, "pid_for_children"), inode(ns, "net"), inode(ns, "time"), inode(ns, "time_for_children"),
                inode(ns, "cgroup"), inode(ns, "user"));
    }

    /** The links read {@code kind:[number]}. */
    private static int inode(Path folder, String kind) {
        try {
            String target = Files.readSymbolicLink(folder.resolve(kind)).toString();
            int open = target.indexOf('[');
            return Integer.parseUnsignedInt(target.substring(open + 1, target.length() - 1));
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }
}
