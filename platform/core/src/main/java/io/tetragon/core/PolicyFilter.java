// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import io.tetragon.api.TetragonException;

/**
 * The containers of this machine, by which policies for namespaces, pods, containers or the host are kept to their processes.
 * A process is in a container when its cgroup is the container's or lies below it. Safe for use by any thread; calls wait
 * for each other, but not for policies that are being loaded.
 */
public interface PolicyFilter {
    /** Whether it is on. */
    boolean enabled();

    /**
     * Takes note of a container whose cgroup is there. When this returns, every policy that selects it sees its processes
     * from the first one on. To tell the same twice does nothing, to tell other things of it replaces what was known. It is
     * forgotten some seconds after its cgroup is gone.
     *
     * <p>Does nothing when the filter is off.
     *
     * @throws TetragonException INVALID_ARGUMENT when the request makes no sense, NOT_FOUND when there is no such cgroup,
     *     RESOURCE_EXHAUSTED when there are too many containers
     */
    void announce(NewContainer container) throws TetragonException;
}
