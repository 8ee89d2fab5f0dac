// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.StandaloneMap;
import io.tetragon.core.NewContainer;
import io.tetragon.core.TestSettings;
import io.tetragon.core.internal.sensor.SharedMaps;
import io.tetragon.policy.model.TracingPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in the kernel's maps; folders of any file system stand for cgroups, for all that counts of one is its number. */
class PolicyFilterRegistryTest {
    @TempDir
    Path root;

    private SharedMaps shared;
    private PolicyFilterRegistry registry;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Files.isReadable(Path.of("/sys/kernel/btf/vmlinux")), "skipped: the kernel has no BTF");
        assumeTrue("root".equals(System.getProperty("user.name")), "skipped: needs root");
        shared = SharedMaps.create(new TestSettings(4096, true));
        registry = new PolicyFilterRegistry(false, new CgroupTree(root), FilterMaps.create(shared, true, root.resolve("pins")),
                null);
    }

    @AfterEach
    void stop() {
        if (registry != null) {
            registry.close();
            registry.close();
            shared.close();
        }
    }

    private long announce(String folder, String name) throws Exception {
        Files.createDirectories(root.resolve(folder));
        registry.announce(new NewContainer(name + "-id", name, "", folder, "", "", Map.of(), Map.of()));
        return (Long) Files.getAttribute(root.resolve(folder), "unix:ino");
    }

    private PolicyFilters acquire(long id, String restriction) throws TetragonException {
        return registry.acquire(id, FilterTest.policy("TracingPolicy", "", restriction));
    }

    private SortedSet<Long> cgroups(int filter) {
        byte[] key = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(filter).array();
        byte[] inner = shared.map("policy_filter_maps").lookup(key).orElseThrow();
        SortedSet<Long> found = new TreeSet<>();
        try (StandaloneMap map = BpfMap.openById(ByteBuffer.wrap(inner).order(ByteOrder.LITTLE_ENDIAN).getInt())) {
            map.forEach((cgroup, present) -> found.add(ByteBuffer.wrap(cgroup).order(ByteOrder.LITTLE_ENDIAN).getLong()));
        }
        return found;
    }

    private String levels() {
        byte[] levels = shared.map("policy_filter_levels").lookup(new byte[4]).orElseThrow();
        return Long.toHexString(ByteBuffer.wrap(levels).order(ByteOrder.LITTLE_ENDIAN).getLong());
    }

    private static SortedSet<Long> set(Long... cgroups) {
        return new TreeSet<>(List.of(cgroups));
    }

    @Test
    void containersAndFiltersMayComeInAnyOrder() throws Exception {
        long web = announce("a/web", "web");
        try (PolicyFilters filters = acquire(2, "containerSelector: {matchExpressions: [{key: name, operator: In, values: "
                + "[web, db]}]}; hostSelector: {}")) {
            assertEquals(set(-1L, web), cgroups(2));
            long db = announce("b/c/db", "db");
            long other = announce("other", "other");
            assertEquals(set(-1L, web, db), cgroups(2));
            assertEquals(set(web, db, other), cgroups(1));
            assertEquals("30201", levels());
            assertTrue(filters.memoryBytes() > 0);
        }
        assertThrows(java.util.NoSuchElementException.class, () -> cgroups(2));
    }

    @Test
    void whatIsToldAnewReplacesWhatWasKnown() throws Exception {
        try (PolicyFilters filters = acquire(2, "containerSelector: {matchLabels: {name: web}}")) {
            assertTrue(filters.restrict());
            long cgroup = announce("one", "web");
            assertEquals(cgroup, announce("one", "web"));
            assertEquals(set(cgroup), cgroups(2));
            registry.announce(new NewContainer("web-id", "renamed", "", "one", "", "", Map.of(), Map.of()));
            assertEquals(set(), cgroups(2));
            assertEquals(set(cgroup), cgroups(1));
            assertEquals("1", levels());
        }
    }

    /** Ids are unique within a runtime; without one it is the name of the folder, which is "payload" for many. */
    @ParameterizedTest
    @ValueSource(strings = {"", "same"})
    void containersOfOneIdAreForgottenWhenTheirCgroupsGoAndNotBefore(String id) throws Exception {
        try (PolicyFilters filters = acquire(2, "podSelector: {}")) {
            assertTrue(filters.restrict());
            SortedSet<Long> both = new TreeSet<>();
            for (String folder : List.of("one/payload", "two/payload")) {
                Files.createDirectories(root.resolve(folder));
                registry.announce(new NewContainer(id, "", "", folder, "", "", Map.of(), Map.of()));
                both.add((Long) Files.getAttribute(root.resolve(folder), "unix:ino"));
            }
            assertEquals(both, cgroups(1));
            assertEquals(both, cgroups(2));
        }
    }

    @Test
    void aCgroupThatIsGoneIsForgotten() throws Exception {
        try (PolicyFilters filters = acquire(2, "podSelector: {}")) {
            assertTrue(filters.restrict());
            announce("gone", "gone");
            Files.delete(root.resolve("gone"));
            long end = System.nanoTime() + 60_000_000_000L;
            while (!cgroups(2).isEmpty() || !cgroups(1).isEmpty() || !levels().equals("0")) {
                assertTrue(System.nanoTime() < end, () -> "still there: " + cgroups(2));
                Thread.sleep(50);
            }
        }
    }

    @Test
    void aFilterGrowsWithItsContainers() throws Exception {
        try (PolicyFilters filters = acquire(2, "podSelector: {}")) {
            SortedSet<Long> all = new TreeSet<>();
            for (int i = 0; i < 300; i++) {
                all.add(announce("c" + i, "c" + i));
            }
            assertEquals(all, cgroups(2));
            assertEquals(all, cgroups(1));
            assertTrue(filters.memoryBytes() < 100_000, () -> filters.memoryBytes() + " bytes");
        }
    }

    @Test
    void aSelectorHasAFilterOfItsOwn() throws Exception {
        long cgroup = announce("c", "c");
        TracingPolicy policy = FilterTest.policy("TracingPolicy", "", "podSelector: {}; kprobes: [{call: sys_a, syscall: true, "
                + "selectors: [{matchWorkloads: {hostSelector: {}}}, {matchWorkloads: {containerSelector: "
                + "{matchLabels: {name: c}}}}]}]");
        PolicyFilters filters = registry.acquire(5, policy);
        assertEquals(set(cgroup), cgroups(5));
        assertEquals(set(-1L), cgroups(6));
        assertEquals(set(cgroup), cgroups(7));
        filters.close();
        filters.close();
        for (int filter : new int[] {5, 6, 7}) {
            assertThrows(java.util.NoSuchElementException.class, () -> cgroups(filter));
        }
    }

    @Test
    void anUnrestrictedPolicyHasNoFilter() throws Exception {
        assertEquals(false, acquire(2, "").restrict());
        assertEquals(false, acquire(2, "podSelector: {}; hostSelector: {}").restrict());
    }

    @Test
    void oneFilterMoreThanThereAreIsRefusedAndTheOthersStay() throws Exception {
        List<PolicyFilters> all = new ArrayList<>();
        for (int id = 2; id < 129; id++) {
            all.add(acquire(id, "podSelector: {}"));
        }
        assertEquals(Kind.RESOURCE_EXHAUSTED,
                assertThrows(TetragonException.class, () -> acquire(200, "podSelector: {}")).kind());
        assertEquals(set(), cgroups(128));
        all.get(0).close();
        acquire(200, "podSelector: {}").close();
        all.forEach(PolicyFilters::close);
    }

    @Test
    void oneLevelMoreThanProgramsLookAtIsRefused() throws Exception {
        String path = "l";
        for (int level = 1; level <= 8; level++) {
            announce(path, "c" + level);
            path += "/l";
        }
        String ninth = path;
        assertEquals(Kind.RESOURCE_EXHAUSTED, assertThrows(TetragonException.class, () -> announce(ninth, "c9")).kind());
        assertEquals("807060504030201", levels());
        assertEquals(8, cgroups(1).size());
    }

    @Test
    void aFilterThatIsOffTakesNoNoticeAndRefusesRestrictions() throws Exception {
        try (PolicyFilterRegistry off = PolicyFilterRegistry.start(new TestSettings(4096), shared)) {
            assertEquals(false, off.enabled());
            off.announce(new NewContainer("", "", "", "/../x", "", "", Map.of(), Map.of()));
            TracingPolicy policy = FilterTest.policy("TracingPolicy", "", "podSelector: {}");
            TetragonException e = assertThrows(TetragonException.class, () -> off.acquire(2, policy));
            assertTrue(e.getMessage().contains("--enable-policy-filter"), e.getMessage());
        }
    }

    @Test
    void theMapsArePinnedWhileItRunsAndStalePinsReplaced() throws IOException {
        Path folder = Path.of("/sys/fs/bpf/tetragon-test-" + ProcessHandle.current().pid());
        for (int run = 0; run < 2; run++) {
            try (PolicyFilterRegistry pinning = PolicyFilterRegistry.start(new TestSettings(4096, true), shared)) {
                assumeTrue(Files.exists(folder), "skipped: no BPF file system at /sys/fs/bpf");
                assertTrue(pinning.enabled());
                for (String name : List.of("policy_filter_maps", "policy_filter_levels", "policy_filter_cgroup_maps")) {
                    BpfMap.openPinned(folder.resolve(name)).close();
                }
            } catch (BpfException e) {
                throw new AssertionError(e);
            }
            assertEquals(false, Files.exists(folder));
            if (run == 0) {
                Files.createDirectory(folder);
                shared.map("ring_control").pin(folder.resolve("policy_filter_maps"));
            }
        }
    }
}
