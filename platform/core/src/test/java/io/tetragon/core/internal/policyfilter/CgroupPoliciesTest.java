// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CgroupPoliciesTest {
    private static final int ROOM = 1024;

    @BeforeEach
    void needsRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "skipped: needs root");
    }

    private static SortedSet<Long> cgroups(CgroupPolicies policies) {
        SortedSet<Long> ids = new TreeSet<>();
        policies.map().forEach((key, value) -> ids.add(ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getLong()));
        return ids;
    }

    private static SortedSet<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void cgroupsThatAreInNoFilterAnyMoreMakeRoomForOthers() {
        try (CgroupPolicies policies = new CgroupPolicies()) {
            for (long id = 1; id <= ROOM + 10; id++) {
                policies.put(id, 2);
            }
            assertEquals(range(1, ROOM), cgroups(policies));
            policies.put(1, 3);
            for (long id = 1; id <= 5; id++) {
                policies.remove(id, 2);
                policies.remove(id, 7);
            }
            assertEquals(range(6, ROOM), cgroups(policies).tailSet(2L));
            for (long id = 5000; id <= 5010; id++) {
                policies.put(id, 4);
            }
            SortedSet<Long> expected = range(6, ROOM);
            expected.add(1L);
            expected.addAll(range(5000, 5003));
            assertEquals(expected, cgroups(policies));
        }
    }
}
