// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.core.internal.sensor.CgroupHierarchy.Hierarchy;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CgroupHierarchyTest {
    /** Controllers as they are in the file, a slash between two, a space for each tab. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "cpuset 3 1 1/cpu 1 1 1/memory 4 68 1/pids 8 1 1,     V1_MEMORY",
        "memory 4 68 0/pids 8 1 1,                            V1_PIDS",
        "cpuset 0 1 1/memory 0 1 1/pids 1 1 1,                V1_PIDS",
        "cpu 2 1 1/pids 1 1 1,                                V1_PIDS",
        "cpuset 0 1 1/memory 0 1 1/pids 0 1 1,                UNIFIED",
        "memory/pids 1,                                       UNIFIED",
        "'',                                                  UNIFIED",
    })
    void theHierarchyIsOneThatThereIs(String controllers, Hierarchy expected) {
        List<String> lines = Arrays.asList(("#subsys_name hierarchy num_cgroups enabled/" + controllers).replace(' ', '\t')
                .split("/"));
        assertEquals(expected, CgroupHierarchy.among(lines));
    }
}
