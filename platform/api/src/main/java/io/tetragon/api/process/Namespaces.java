// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.process;

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
        int user) {}
