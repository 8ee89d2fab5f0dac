// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.pin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfFs;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.DirectoryLock;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.StandaloneMap;
import io.tetragon.core.PolicyKey;
import io.tetragon.core.TestSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The directory of pins on a real BPF file system, and what earlier agents left in it. Maps stand in for links. */
@Timeout(60)
class LeftoversTest {
    private final String name = "tetragon-leftovers-" + ProcessHandle.current().pid();
    private final Path root = BpfFs.ROOT.resolve(name);
    private final Map<String, Long> losses = new HashMap<>();
    private StandaloneMap pinned;

    @BeforeEach
    void start() {
        assumeTrue("root".equals(System.getProperty("user.name")), "not root");
        assumeTrue(BpfFs.isMounted(BpfFs.ROOT), "no BPF file system at " + BpfFs.ROOT);
        try {
            pinned = map(MapType.ARRAY, 8);
        } catch (BpfException e) {
            assumeTrue(false, "no BPF here: " + e.getMessage());
        }
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        if (pinned == null) {
            return;
        }
        pinned.close();
        for (String file : PinTree.names(BpfFs.ROOT)) {
            if (file.startsWith(name)) {
                Path path = BpfFs.ROOT.resolve(file);
                if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    PinTree.remove(path);
                } else {
                    Files.delete(path);
                }
            }
        }
    }

    private static StandaloneMap map(MapType type, int valueSize) {
        return BpfMap.create(new MapSpec("test", type, 4, valueSize, 1, 0));
    }

    /** The flags of {@link TestSettings} but for those that pins are about. */
    private Settings settings(boolean keep, boolean release, String directory) {
        Settings others = new TestSettings(4096);
        return (Settings) Proxy.newProxyInstance(Settings.class.getClassLoader(), new Class<?>[] {Settings.class},
                (proxy, method, arguments) -> switch (arguments[0].toString()) {
                    case "keep-sensors-on-exit" -> keep;
                    case "release-pinned-bpf" -> release;
                    case "bpf-dir" -> directory;
                    default -> method.invoke(others, arguments);
                });
    }

    private Pins open(boolean keep, boolean release) throws TetragonException {
        return Pins.open(settings(keep, release, name), (reason, count) -> losses.merge(reason, count, Long::sum));
    }

    /** What an agent that was killed leaves: these policies, and a sensor. */
    private void left(Path directory, String... policies) {
        BpfFs.createDirectory(directory);
        for (String folder : List.of("__base__", "__base__/exec")) {
            BpfFs.createDirectory(directory.resolve(folder));
        }
        pinned.pin(directory.resolve("__base__/exec/0_fork"));
        for (String policy : policies) {
            BpfFs.createDirectory(directory.resolve(policy));
            BpfFs.createDirectory(directory.resolve(policy + "/generic_kprobe"));
            pinned.pin(directory.resolve(policy + "/generic_kprobe/0_link"));
        }
    }

    private Path old(String suffix) {
        return BpfFs.ROOT.resolve(name + "_old" + suffix);
    }

    /** Directories and policies that are there. */
    private List<String> there() throws IOException {
        return PinTree.names(BpfFs.ROOT).stream().filter(file -> file.startsWith(name))
                .map(file -> file.substring(name.length()) + policies(BpfFs.ROOT.resolve(file)))
                .toList();
    }

    private static List<String> policies(Path directory) {
        try {
            return new Generation(directory).policies();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void withoutTheFlagThereIsNoDirectoryAndNothingIsPinned() throws Exception {
        try (Pins pins = open(false, true)) {
            assertFalse(pins.keeps());
            assertFalse(pins.sensor("exec").pins());
            assertFalse(pins.policy(new PolicyKey("grpc", "", "x")).pins());
            assertEquals(List.of(), there());
        }
    }

    @Test
    void aFolderHasItsNameWhenItIsCompleteAndIsRemovedWithItsPolicy() throws Exception {
        try (Pins pins = open(true, true)) {
            PinFolder folder = pins.policy(new PolicyKey("static", "", "a.b"));
            folder.pin("generic_kprobe", pinned);
            folder.pin("generic_kprobe", pinned);
            assertEquals(List.of("[+a%2eb]"), there());
            folder.complete();
            assertEquals(List.of("[a%2eb]"), there());
            assertEquals(List.of("0_test", "1_test"), PinTree.names(root.resolve("a%2eb/generic_kprobe")));
            folder.remove();
            folder.remove();
            assertEquals(List.of("[]"), there());
            folder.pin("generic_kprobe", pinned);
            folder.complete();
            PinFolder sensor = pins.sensor("exec");
            sensor.pin("", pinned);
            sensor.complete();
            assertEquals(List.of("0_test"), PinTree.names(root.resolve("__base__/exec")));
        }
        assertEquals(List.of("[a%2eb]"), there(), "it is kept");
    }

    @Test
    void aFailedStartLeavesNothingOfItsOwnButWhatWasThereBefore() throws Exception {
        left(root, "p");
        try (Pins pins = open(true, true)) {
            PinFolder folder = pins.policy(new PolicyKey("static", "", "p"));
            folder.pin("x", pinned);
            folder.complete();
            assertEquals(List.of("[p]", "_old[p]"), there());
            pins.giveUp();
        }
        assertEquals(List.of("_old[p]"), there());
    }

    @Test
    void directoriesOfEarlierAgentsAreMovedAsideInTheirOrder() throws Exception {
        left(root, "a");
        left(old(""), "b");
        left(old("_7"), "c");
        left(BpfFs.ROOT.resolve(name + "_older"), "somebody-elses");
        try (Pins pins = open(true, true)) {
            assertEquals(List.of(old(""), old("_7"), old("_8")), pins.leftovers().roots());
            assertEquals(List.of("[]", "_old[b]", "_old_7[c]", "_old_8[a]", "_older[somebody-elses]"), there());
        }
    }

    @Test
    void whatAYoungerAgentHasWhollyReplacedIsThinnedOut() throws Exception {
        left(old(""), "a", "b", "c", "+d");
        left(old("_1"), "a", "+b", "d");
        left(root, "+c", "b");
        open(true, true).close();
        assertEquals(List.of("[]", "_old[c]", "_old_1[a, d]", "_old_2[+c, b]"), there());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "none", value = {
        "a,b     | none | false | none | none",
        "a       | none | false | none | none",
        "a       | b    | false | none | b",
        "none    | none | true  | none | a,b",
        "a       | none | true  | none | b",
        "a,b     | none | true  | none | none",
        "a,b     | none | false | exec | a,b",
        "a,b     | none | false | lsm  | none",
    })
    void whatIsReplacedOrUnwantedGoesAndWhatCouldNotBeLoadedStays(String loaded, String failed, boolean unreadable,
            String failedSensor, String stays) throws Exception {
        left(root, "a", "b");
        try (Pins pins = open(true, true)) {
            pins.leftovers().takeOver(new Leftovers.Outcome(set(loaded), set(failed), unreadable, set(failedSensor)));
            assertEquals(stays == null ? List.of("[]") : List.of("[]", "_old[" + stays.replace(",", ", ") + "]"), there());
        }
    }

    private static Set<String> set(String words) {
        return words == null ? Set.of() : Set.of(words.split(","));
    }

    @Test
    void whatStayedGoesWhenItsPolicyIsLoadedOrDeletedAfterTheStart() throws Exception {
        left(root, "a", "b@grpc");
        try (Pins pins = open(true, true)) {
            PolicyKey a = new PolicyKey("static", "", "a");
            pins.leftovers().settled(a);
            assertEquals(List.of("[]", "_old[a, b@grpc]"), there(), "the start is not complete");
            pins.leftovers().takeOver(new Leftovers.Outcome(Set.of(), Set.of("a", "b"), false, Set.of()));
            pins.leftovers().settled(new PolicyKey("static", "ns", "a"));
            assertEquals(List.of("[]", "_old[a, b@grpc]"), there());
            pins.leftovers().settled(a);
            assertEquals(List.of("[]", "_old[b@grpc]"), there());
            pins.leftovers().settled(new PolicyKey("static", "", "b"));
            assertEquals(List.of("[]"), there());
        }
    }

    @Test
    void withoutTheFlagItIsLiftedAtOnceOrWhenTheStartIsComplete() throws Exception {
        left(root, "a");
        left(old(""), "b");
        open(false, true).close();
        assertEquals(List.of(), there());
        left(root, "a");
        Pins pins = open(false, false);
        assertEquals(List.of("_old[a]"), there());
        pins.leftovers().takeOver(new Leftovers.Outcome(Set.of("a"), Set.of(), false, Set.of()));
        assertEquals(List.of(), there());
    }

    @Test
    void recordsThatNobodyReadAreCounted() throws Exception {
        left(root, "a");
        BpfFs.createDirectory(root.resolve("__maps__"));
        try (StandaloneMap ring = BpfMap.create(new MapSpec("events", MapType.RINGBUF, 0, 0, 4096, 0));
                StandaloneMap accounts = BpfMap.create(new MapSpec("accounts", MapType.PERCPU_ARRAY, 4, 16, 256, 0));
                StandaloneMap end = KeptRecords.pin(root.resolve("__maps__"),
                        Map.of("events", ring, "ring_accounts", accounts))) {
            byte[] cpus = new byte[accounts.wholeValueSize()];
            cpus[8] = 7;
            accounts.update(new byte[] {5, 0, 0, 0}, cpus, BpfMap.ANY);
            KeptRecords.atEnd(end, 3);
        }
        open(false, true).close();
        assertEquals(Map.of("records_not_read", 0L, "records_lost", 4L), losses);
    }

    @Test
    void mapsOfAnotherKindThereAreNoHindrance() throws Exception {
        left(root, "a");
        BpfFs.createDirectory(root.resolve("__maps__"));
        for (String file : List.of("events", "ring_accounts", "lost_at_end", "more")) {
            pinned.pin(root.resolve("__maps__").resolve(file));
        }
        pinned.pin(root.resolve("no-folder"));
        BpfFs.createDirectory(root.resolve("empty"));
        open(false, true).close();
        assertEquals(List.of(), there());
    }

    @Test
    void linksInItAreNotFollowed(@TempDir Path elsewhere) throws Exception {
        Path file = Files.writeString(elsewhere.resolve("file"), "mine");
        left(root, "a");
        Files.createSymbolicLink(root.resolve("b"), elsewhere);
        Files.createSymbolicLink(root.resolve("a/x"), file);
        open(false, true).close();
        assertEquals(List.of(), there());
        assertEquals("mine", Files.readString(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "link", "stranger", "used"})
    void whatIsNotAnAgentsOwnIsRefusedOrLeftAlone(String what) throws Exception {
        String why = switch (what) {
            case "file" -> {
                pinned.pin(root);
                yield "is no directory";
            }
            case "link" -> {
                Files.createSymbolicLink(root, Path.of("/tmp"));
                yield "is no directory";
            }
            case "stranger" -> {
                BpfFs.createDirectory(root);
                Files.setAttribute(root, "unix:uid", 65534);
                yield "belongs to user 65534";
            }
            default -> {
                left(root, "a");
                yield "is used by another agent";
            }
        };
        try (DirectoryLock used = what.equals("used") ? DirectoryLock.tryLock(root).orElseThrow() : null) {
            TetragonException e = assertThrows(TetragonException.class, () -> open(true, true));
            assertTrue(e.getMessage().startsWith("--keep-sensors-on-exit: " + root + ' ' + why), e.getMessage());
            assertFalse(e.remedy().isEmpty());
            open(false, true).close();
            assertTrue(Files.exists(root, LinkOption.NOFOLLOW_LINKS), "it is still there");
            assertTrue(used == null || used.toString() != null);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "..", "a.b", "/sys/fs/bpf/x"})
    void aNameThatIsNotOneOfADirectoryIsRefused(String directory) {
        TetragonException e = assertThrows(TetragonException.class,
                () -> Pins.open(settings(true, true, directory), (reason, count) -> {}));
        assertTrue(e.getMessage().startsWith("--bpf-dir=" + directory + ": it is the name of one directory"), e.getMessage());
    }
}
