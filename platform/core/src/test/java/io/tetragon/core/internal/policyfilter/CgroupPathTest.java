// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tetragon.api.TetragonException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the cgroup of a container is, by what its runtime calls it. */
class CgroupPathTest {
    @ParameterizedTest(name = "{0} is {1}")
    @CsvSource({
        "/kubepods/burstable/pod1/c1, kubepods/burstable/pod1/c1",
        "relative/c1, relative/c1",
        "//a///b/, a/b",
        "one, one",
        "a:b/c:d, a:b/c:d",
        "a:b, a:b",
        "kubepods.slice:cri-containerd:c1, kubepods.slice/cri-containerd-c1.scope",
        "kubepods-besteffort-pod1.slice:crio:c1, "
            + "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1.slice/crio-c1.scope",
        ":docker:c1, system.slice/docker-c1.scope",
        "-.slice:docker:c1, docker-c1.scope",
        "user.slice::c1, user.slice/c1.scope",
        "user.slice:x:inner.slice, user.slice/inner.slice",
    })
    void aPathLeadsFromTheRootOfTheCgroups(String path, String folders) throws TetragonException {
        assertEquals(folders, String.join("/", CgroupPath.names(path)));
    }

    @ParameterizedTest(name = "\"{0}\"")
    @ValueSource(strings = {
        "", "/", "///", ".", "..", "/a/../b", "a/.", "/a/..", "a\u0000b", "a\nb", "x:y:z", "a--b.slice:x:y", "-a.slice:x:y",
        "a-.slice:x:y", "..slice:x:", "a.slice:x:", ".slice:x:y",
    })
    void anythingElseIsRefused(String path) {
        TetragonException e = assertThrows(TetragonException.class, () -> CgroupPath.names(path));
        assertEquals(TetragonException.Kind.INVALID_ARGUMENT, e.kind());
        assertEquals(-1, e.getMessage().indexOf('\n'), e.getMessage());
    }

    @Test
    void lengthsAreLimited() {
        for (String path : new String[] {"a/".repeat(2049), "x".repeat(256), "a-".repeat(2000) + "b.slice:x:y" + "y".repeat(300)}) {
            TetragonException e = assertThrows(TetragonException.class, () -> CgroupPath.names(path));
            assertEquals(TetragonException.Kind.INVALID_ARGUMENT, e.kind());
        }
    }
}
