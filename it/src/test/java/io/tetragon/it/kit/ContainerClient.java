// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import io.grpc.StatusRuntimeException;
import java.util.Map;

/** What the hook of a container runtime tells the agent. A refusal is a {@link StatusRuntimeException}. For any thread. */
public final class ContainerClient implements AutoCloseable {
    private final AgentSocket socket;

    public ContainerClient(AgentProcess agent) {
        socket = new AgentSocket(agent);
    }

    /** A container as a hook describes it; what is empty is not told. */
    public record Container(
            String cgroupsPath, String id, String name, String image, String namespace, Map<String, String> annotations) {
        /** With nothing told but its cgroup. */
        public static Container in(String cgroupsPath) {
            return new Container(cgroupsPath, "", "", "", "", Map.of());
        }

        public Container id(String told) {
            return new Container(cgroupsPath, told, name, image, namespace, annotations);
        }

        public Container name(String told) {
            return new Container(cgroupsPath, id, told, image, namespace, annotations);
        }

        public Container image(String told) {
            return new Container(cgroupsPath, id, name, told, namespace, annotations);
        }

        public Container namespace(String told) {
            return new Container(cgroupsPath, id, name, image, told, annotations);
        }

        public Container annotations(Map<String, String> told) {
            return new Container(cgroupsPath, id, name, image, namespace, Map.copyOf(told));
        }
    }

    /** Tells of a container that is being made. */
    public void created(Container container) {
        Wire.Builder message = new Wire.Builder()
                .text(1, container.cgroupsPath())
                .text(4, container.name())
                .text(5, container.id())
                .text(8, container.namespace())
                .text(9, container.image());
        container.annotations().forEach((key, value) -> message.message(3, new Wire.Builder().text(1, key).text(2, value)));
        socket.call("RuntimeHook", new Wire.Builder().message(1, message).build());
    }

    @Override
    public void close() {
        socket.close();
    }
}
