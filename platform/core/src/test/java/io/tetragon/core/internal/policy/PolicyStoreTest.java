// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.core.PolicyKey;
import io.tetragon.core.PolicyStatus.Mode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is read again, and nothing else is believed. */
class PolicyStoreTest {
    @TempDir
    Path place;

    private static KeptPolicy policy(long order, String text) {
        return new KeptPolicy(order, "grpc", true, null, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String file(String name) {
        return PolicyStore.fileOf(new PolicyKey("grpc", "", name));
    }

    private PolicyStore open() throws TetragonException {
        return PolicyStore.open(place.resolve("kept"));
    }

    private List<PolicyStore.Found> read() throws TetragonException {
        return open().read();
    }

    @ParameterizedTest
    @ValueSource(strings = {"grpc", "../../etc", "a b\t#: ", "# sha256: 0", "Ünïcødé\u2028", "\"quoted\"", "%n%s"})
    void aPolicyComesBackAsItWas(String domain) throws Exception {
        byte[] yaml = "a: b\r\n# domain: other\n\u0000\ud83d\ude00".getBytes(StandardCharsets.UTF_8);
        KeptPolicy policy = new KeptPolicy(7, domain, false, Mode.MONITOR, yaml);
        open().write(PolicyStore.fileOf(new PolicyKey(domain, "ns", "name")), policy);
        KeptPolicy found = read().get(0).policy();
        assertEquals(domain, found.domain());
        assertEquals(7, found.order());
        assertFalse(found.enabled());
        assertEquals(Mode.MONITOR, found.mode());
        assertArrayEquals(yaml, found.yaml());
    }

    @Test
    void policiesComeBackInTheOrderOfTheirComing() throws Exception {
        PolicyStore store = open();
        for (String name : List.of("z", "a", "m")) {
            store.write(file(name), policy(store.nextOrder(), name));
        }
        PolicyStore next = open();
        assertEquals(List.of("z", "a", "m"), next.read().stream()
                .map(found -> new String(found.policy().yaml(), StandardCharsets.UTF_8)).toList());
        assertEquals(4, next.nextOrder());
    }

    @Test
    void onlyTheOwnerMayLookAndNothingButThePoliciesIsThere() throws Exception {
        open().write(file("one"), policy(1, "one"));
        open().write(file("one"), policy(1, "two"));
        Path folder = place.resolve("kept");
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)));
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.toList();
            assertEquals(List.of(folder.resolve(file("one"))), all);
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(all.get(0))));
        }
        open().remove(file("one"));
        open().remove(file("one"));
        assertEquals(List.of(), read());
    }

    @Test
    void namesOfFilesAreHarmlessAndTellPoliciesApart() {
        PolicyKey dots = new PolicyKey("../..", "", "../../etc/passwd");
        for (PolicyKey key : List.of(dots, new PolicyKey("grpc", "", ".hidden"), new PolicyKey("grpc", "", "x".repeat(253)),
                new PolicyKey("/\n", "a/b", ""))) {
            String name = PolicyStore.fileOf(key);
            assertTrue(name.matches("[A-Za-z0-9_-][A-Za-z0-9._-]{1,200}\\.policy"), name);
        }
        assertNotEquals(PolicyStore.fileOf(new PolicyKey("a", "bc", "x")), PolicyStore.fileOf(new PolicyKey("ab", "c", "x")));
        assertNotEquals(file("x".repeat(150) + "a"), file("x".repeat(150) + "b"));
    }

    @Test
    void aFileThatIsCutOrChangedAnywhereIsNotBelieved() {
        byte[] whole = policy(3, "apiVersion: cilium.io/v1alpha1\n").bytes();
        assertEquals(3, KeptPolicy.of(whole).order());
        for (int length = 0; length < whole.length; length++) {
            assertNull(KeptPolicy.of(Arrays.copyOf(whole, length)), "cut at " + length);
        }
        Random random = new Random(4);
        for (int i = 0; i < 2000; i++) {
            byte[] changed = whole.clone();
            changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
            assertNull(KeptPolicy.of(changed), () -> new String(changed, StandardCharsets.UTF_8));
        }
        assertNull(KeptPolicy.of(Arrays.copyOf(whole, whole.length + 1)), "one more byte");
        byte[] noise = new byte[20_000];
        random.nextBytes(noise);
        assertNull(KeptPolicy.of(noise));
    }

    @Test
    void damagedFilesAreNamedBehindTheOthersAndForeignOnesLeftAlone() throws Exception {
        open().write(file("sound"), policy(9, "sound"));
        Path folder = place.resolve("kept");
        Files.writeString(folder.resolve("empty.policy"), "");
        Files.createSymbolicLink(folder.resolve("link.policy"), folder.resolve(file("sound")));
        Files.createDirectory(folder.resolve("folder.policy"));
        Files.writeString(folder.resolve("notes.txt"), "mine");
        Files.writeString(folder.resolve(".draft-half.policy"), "half");
        Path shared = Files.write(folder.resolve("shared.policy"), policy(10, "shared").bytes());
        Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rw-rw-rw-"));
        List<PolicyStore.Found> found = read();
        assertEquals(
                List.of(file("sound"), "empty.policy", "folder.policy", "link.policy", "shared.policy"),
                found.stream().map(PolicyStore.Found::file).toList());
        assertEquals(
                List.of("", "it is damaged, or was changed by hand", "it is not a regular file", "it is not a regular file",
                        "others may write it"),
                found.stream().map(PolicyStore.Found::why).toList());
        assertTrue(Files.exists(folder.resolve("notes.txt")));
        assertFalse(Files.exists(folder.resolve(".draft-half.policy")));
    }

    @Test
    void aFileOfAnotherUserIsNotBelieved() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "not run by root");
        open().write(file("foreign"), policy(1, "foreign"));
        Files.setAttribute(place.resolve("kept").resolve(file("foreign")), "unix:uid", 65534);
        assertEquals("it belongs to user 65534", read().get(0).why());
    }

    @Test
    void aFolderIntoWhichOthersMayWriteIsRefused() throws Exception {
        Path folder = Files.createDirectory(place.resolve("kept"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        refused("others may write it");
        Files.delete(folder);
        Files.createSymbolicLink(folder, Files.createDirectory(place.resolve("elsewhere")));
        refused("it is not a directory");
        Files.delete(folder);
        Files.writeString(folder, "");
        refused("it is not a directory");
    }

    private void refused(String why) {
        TetragonException e = assertThrows(TetragonException.class, this::open);
        assertTrue(e.getMessage().contains(why) && e.getMessage().contains("--persist-grpc-policies-dir"), e.getMessage());
    }

    @Test
    void aFolderThatWasRemovedMeanwhileIsMadeAgain() throws Exception {
        PolicyStore store = open();
        Files.delete(place.resolve("kept"));
        store.remove(file("gone"));
        store.write(file("one"), policy(1, "one"));
        assertEquals(1, store.read().size());
    }

    @Test
    void whatCannotBeWrittenLeavesWhatIsThere() throws Exception, IOException {
        PolicyStore store = open();
        store.write(file("one"), policy(1, "one"));
        // A draft that cannot be made: its name is taken by a folder that is not empty.
        Path draft = place.resolve("kept").resolve(".draft-" + file("one"));
        Files.createDirectories(draft.resolve("x"));
        assertThrows(TetragonException.class, () -> store.write(file("one"), policy(1, "two")));
        assertArrayEquals("one".getBytes(StandardCharsets.UTF_8), store.read().get(0).policy().yaml());
    }
}
