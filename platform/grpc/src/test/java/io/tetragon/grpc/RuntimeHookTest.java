// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tetragon.core.NewContainer;
import io.tetragon.proto.CreateContainer;
import io.tetragon.proto.FineGuidanceSensorsGrpc;
import io.tetragon.proto.RuntimeHookRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What hooks of container runtimes tell the agent. */
class RuntimeHookTest {
    @TempDir
    Path directory;

    private Rig rig;
    private FineGuidanceSensorsGrpc.FineGuidanceSensorsBlockingStub stub;

    @BeforeEach
    void start() throws Exception {
        rig = new Rig(directory);
        stub = FineGuidanceSensorsGrpc.newBlockingStub(rig.unix());
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    @Test
    void aNewContainerIsAnnouncedWithAllThatWasTold() {
        stub.runtimeHook(RuntimeHookRequest.newBuilder().setCreateContainer(CreateContainer.newBuilder()
                .setCgroupsPath("/a/b").setRootDir("/root").putAnnotations("k", "v").setContainerName("name")
                .setContainerID("id").setPodName("pod").setPodUID("uid").setPodNamespace("ns").setContainerImage("image"))
                .build());
        assertEquals(
                List.of(new NewContainer("id", "name", "image", "/a/b", "ns", "pod", Map.of(), Map.of("k", "v"))),
                rig.containers.announced);
    }

    @Test
    void anUnknownEventAndAContainerWithoutCgroupAreRefused() {
        refused(RuntimeHookRequest.getDefaultInstance());
        refused(RuntimeHookRequest.newBuilder().setCreateContainer(CreateContainer.getDefaultInstance()).build());
    }

    private void refused(RuntimeHookRequest request) {
        assertEquals(Status.Code.INVALID_ARGUMENT,
                assertThrows(StatusRuntimeException.class, () -> stub.runtimeHook(request)).getStatus().getCode());
    }
}
