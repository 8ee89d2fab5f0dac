// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.core.PolicyKey;
import io.tetragon.core.PolicyManager;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyFilesTest {
    private static final int LIMIT = 1 << 20;

    @TempDir
    Path folder;

    private final List<String> added = new ArrayList<>();

    @Test
    void everyFileOfTheDirectoryAndOneLevelBelowIsLoadedInOrderAndTheSingleFileLast() throws Exception {
        Path directory = Files.createDirectories(folder.resolve("tp.d"));
        write(directory, "b.yaml", "a/y.yaml", "a/x.yaml", "a/deep/z.yaml", "c", ".hidden.yaml", "..data/b.yaml");
        Files.createSymbolicLink(directory.resolve("link.yaml"), directory.resolve("b.yaml"));
        Path single = Files.writeString(folder.resolve("single.yaml"), "single");
        PolicyFiles files = PolicyFiles.find(directory.toString(), single.toString());
        assertEquals(6, files.count());
        assertEquals(0, files.load(manager()));
        assertEquals(
                List.of("a/x.yaml", "a/y.yaml", "b.yaml", "c", "link.yaml", single.toString()), added);
    }

    @Test
    void aPolicyThatFailsHoldsUpNoOther() throws Exception {
        write(folder, "a.yaml", "bad.yaml", "c.yaml");
        assertEquals(1, PolicyFiles.find(folder.toString(), "").load(manager()));
        assertEquals(List.of("a.yaml", "c.yaml"), added);
    }

    @Test
    void nothingIsReadOfAFileBeyondTheLimitOfPolicies() throws Exception {
        Files.write(folder.resolve("long.yaml"), new byte[10 * LIMIT]);
        assertEquals(1, PolicyFiles.find(folder.toString(), "").load(manager()));
        assertEquals(List.of(), added);
    }

    @Test
    void theDefaultDirectoryNeedNotBeThereAnyOtherMust() throws Exception {
        assertEquals(0, PolicyFiles.find("", "").count());
        if (!Files.exists(PolicyFiles.DEFAULT_DIRECTORY)) {
            assertEquals(0, PolicyFiles.find(PolicyFiles.DEFAULT_DIRECTORY.toString(), "").count());
        }
        for (TetragonException e : List.of(
                assertThrows(TetragonException.class, () -> PolicyFiles.find("/no/such", "")),
                assertThrows(TetragonException.class, () -> PolicyFiles.find("", "/no/such")),
                assertThrows(TetragonException.class, () -> PolicyFiles.find("", folder.toString())))) {
            assertEquals(Kind.INVALID_ARGUMENT, e.kind());
        }
    }

    private static void write(Path directory, String... files) throws Exception {
        for (String file : files) {
            Path path = directory.resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, file);
        }
    }

    /** Takes files by name; refuses those named bad, and those that are too long. */
    private PolicyManager manager() {
        return (PolicyManager) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {PolicyManager.class},
                (proxy, method, arguments) -> {
                    assertEquals("addFile", method.getName());
                    assertEquals(PolicyKey.STATIC, arguments[1]);
                    String file = (String) arguments[2];
                    int length = ((byte[]) arguments[0]).length;
                    if (file.startsWith("bad") || length > LIMIT) {
                        assertEquals(true, length <= LIMIT + 1);
                        throw new TetragonException(Kind.INVALID_ARGUMENT, "read tracing policy", "it is bad", "");
                    }
                    added.add(file);
                    return null;
                });
    }
}
