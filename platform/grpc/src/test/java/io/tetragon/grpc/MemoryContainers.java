// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import io.tetragon.api.TetragonException;
import io.tetragon.core.NewContainer;
import io.tetragon.core.PolicyFilter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Containers that are nothing but what was announced; one without a cgroup is refused. */
final class MemoryContainers implements PolicyFilter {
    final List<NewContainer> announced = new CopyOnWriteArrayList<>();

    @Override
    public boolean enabled() {
        return true;
    }

    @Override
    public void announce(NewContainer container) throws TetragonException {
        if (container.cgroupsPath().isEmpty()) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "cgroupsPath", "it is empty", "");
        }
        announced.add(container);
    }
}
