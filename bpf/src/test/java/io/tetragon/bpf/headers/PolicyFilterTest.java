// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.StandaloneMap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The filter where containers are in the old hierarchies, of which a thread can be put into one by itself. The unified one is
 * what the integration tests are about.
 */
class PolicyFilterTest {
    private static final Path MEMORY = Path.of("/sys/fs/cgroup/memory");
    private static final int CGROUP_V1_MEMORY = 1;
    private static final int ALL = 1;
    private static final int OWN = 2;
    private static final int CONTAINERS = 1;
    private static final int HOST = 2;

    private final Path top = MEMORY.resolve("tetragon-test-" + ProcessHandle.current().pid());
    private final Path container = top.resolve("container");
    private final Path nested = container.resolve("a/b/c");
    private Path home;

    @BeforeEach
    void makeGroups() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
        assumeTrue(Files.exists(MEMORY.resolve("tasks")), "the memory controller is not mounted as cgroup v1");
        home = MEMORY.resolve(Files.readAllLines(Path.of("/proc/thread-self/cgroup")).stream()
                .map(line -> line.split(":", 3))
                .filter(fields -> fields[1].equals("memory")).findFirst().orElseThrow()[2].substring(1));
        Files.createDirectories(nested);
    }

    @AfterEach
    void leave() throws IOException {
        if (home == null) {
            return;
        }
        enter(home);
        for (Path at = nested; !at.equals(MEMORY); at = at.getParent()) {
            Files.deleteIfExists(at);
        }
    }

    private static void enter(Path group) throws IOException {
        String thread = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString();
        Files.writeString(group.resolve("tasks"), thread);
    }

    @Test
    void aProcessIsInAContainerWhenItsCgroupIsInThatOfIt() throws Exception {
        for (int flags : new int[] {CONTAINERS, HOST, CONTAINERS | HOST}) {
            try (Filter filter = new Filter(flags, List.of(container), 2)) {
                assertEquals((flags & HOST) != 0, filter.selectsFrom(top), "above it, flags " + flags);
                assertEquals((flags & CONTAINERS) != 0, filter.selectsFrom(container), "in it, flags " + flags);
                assertEquals((flags & CONTAINERS) != 0, filter.selectsFrom(nested), "below it, flags " + flags);
            }
        }
    }

    @Test
    void anotherContainerIsNeitherSelectedNorTheHost() throws Exception {
        try (Filter filter = new Filter(CONTAINERS | HOST, List.of(), 2, container)) {
            assertEquals(false, filter.selectsFrom(nested));
            assertEquals(true, filter.selectsFrom(top));
        }
    }

    @Test
    void aGroupIsFoundAtWhateverLevel() throws Exception {
        for (Path group : List.of(top, container, nested)) {
            int level = MEMORY.relativize(group).getNameCount();
            long levels = level == 1 ? 1 : 1 | (long) level << Byte.SIZE;
            try (Filter filter = new Filter(CONTAINERS, List.of(group), levels)) {
                assertEquals(true, filter.selectsFrom(nested), group.toString());
                assertEquals(5, filter.level());
            }
        }
    }

    @Test
    void withoutAFilterEverybodyIsSelected() throws Exception {
        try (Filter filter = new Filter(0, List.of(), 0)) {
            assertTrue(filter.selectsFrom(nested));
        }
    }

    /** The program with a filter for these groups, which are containers, as are the others. */
    private static final class Filter implements AutoCloseable {
        private final Helpers helpers;

        Filter(int flags, List<Path> selected, long levels, Path... others) throws IOException {
            ByteBuffer filters = ByteBuffer.allocate(128).order(ByteOrder.LITTLE_ENDIAN);
            filters.putInt(0, flags == 0 ? 0 : OWN).putInt(4, flags);
            helpers = Helpers.load("cgroups", object -> {
                object.setConstant("container_hierarchy", CGROUP_V1_MEMORY);
                object.setConstant("policy_filters", filters.array());
            });
            helpers.set("policy_filter_levels", 0, number(levels));
            put(OWN, selected);
            put(ALL, selected);
            for (Path other : others) {
                put(ALL, List.of(other));
            }
        }

        private void put(int filter, List<Path> groups) throws IOException {
            try (StandaloneMap inner = BpfMap.create(new MapSpec("inner", MapType.HASH, 8, 1, 64, MapSpec.NO_PREALLOC))) {
                for (Path group : groups) {
                    inner.update(number((Long) Files.getAttribute(group, "unix:ino")), new byte[] {1}, BpfMap.ANY);
                }
                helpers.object().map("policy_filter_maps").update(Helpers.key(filter), inner, BpfMap.ANY);
            }
        }

        private static byte[] number(long value) {
            return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
        }

        boolean selectsFrom(Path group) throws IOException {
            enter(group);
            return helpers.run("selects") == 1;
        }

        int level() {
            return helpers.run("level");
        }

        @Override
        public void close() {
            helpers.close();
        }
    }
}
