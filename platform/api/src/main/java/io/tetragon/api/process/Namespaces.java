// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Inode numbers of the namespaces of a process; 0 where the kernel has no such namespace.
 *
 * @param pidForChildren the namespace that children will be born into; likewise for time
 */
public record Namespaces(
        int uts,
        int ipc,
        int mnt,
        int pid,
        int pidForChildren,
        int net,
        int time,
        int timeForChildren,
        int cgroup,
        int user) {

    /**
     * Reads the namespaces of a process from procfs; 0 for each that cannot be read.
     *
     * @param process the process's folder in procfs
     */
    public static Namespaces read(Path process) {
        Path ns = process.resolve("ns");
        return new Namespaces(inode(ns, "uts"), inode(ns, "ipc"), inode(ns, "mnt"), inode(ns, "pid"),
                inode(ns, "pid_for_children"), inode(ns, "net"), inode(ns, "time"), inode(ns, "time_for_children"),
                inode(ns, "cgroup"), inode(ns, "user"));
    }

    /**
     * Returns the host's namespaces: those of its init, or the agent's own where init is hidden, which is meant to run among
     * them.
     *
     * @param procfs where procfs is mounted
     */
    public static Namespaces ofHost(Path procfs) {
        Namespaces init = read(procfs.resolve("1"));
        return init.mnt() != 0 ? init : read(procfs.resolve("self"));
    }

    /** The links read {@code kind:[number]}. */
    private static int inode(Path folder, String kind) {
        try {
            String target = Files.readSymbolicLink(folder.resolve(kind)).toString();
            int open = target.indexOf('[');
            int close = target.lastIndexOf(']');
            return open < 0 || close < open ? 0 : Integer.parseUnsignedInt(target.substring(open + 1, close));
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }
}
