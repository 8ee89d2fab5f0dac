// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.core.NewContainer;
import io.tetragon.core.PolicyFilter;
import io.tetragon.proto.CreateContainer;
import io.tetragon.proto.RuntimeHookRequest;
import io.tetragon.proto.RuntimeHookResponse;
import java.util.Map;

/**
 * What hooks of container runtimes tell. A container starts when its call has returned, so that its first process is filtered
 * as all others.
 */
final class RuntimeHooks {
    private final PolicyFilter containers;

    RuntimeHooks(PolicyFilter containers) {
        this.containers = containers;
    }

    RuntimeHookResponse call(RuntimeHookRequest request) throws TetragonException {
        if (!request.hasCreateContainer()) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "RuntimeHook",
                    "it has no event that is known", "set createContainer");
        }
        CreateContainer created = request.getCreateContainer();
        containers.announce(new NewContainer(created.getContainerID(), created.getContainerName(),
                created.getContainerImage(), created.getCgroupsPath(), created.getPodNamespace(), created.getPodName(),
                Map.of(), created.getAnnotationsMap()));
        return RuntimeHookResponse.getDefaultInstance();
    }
}
