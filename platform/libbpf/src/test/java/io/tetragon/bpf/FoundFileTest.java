// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FoundFileTest {
    @TempDir
    Path folder;

    @Test
    void isTheFileThatWasFoundEvenWhenAnotherTakesItsPlace() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "first");
        try (FoundFile root = FoundFile.at(folder.toString()); FoundFile found = root.below(bytes("/file"))) {
            Files.delete(file);
            Files.writeString(file, "second");

            assertEquals("first", Files.readString(found.path()));
        }
    }

    @Test
    void isNotFoundByWayOfALink() throws IOException {
        Files.createDirectory(folder.resolve("real"));
        Files.writeString(folder.resolve("real/file"), "x");
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("real"));
        Files.createSymbolicLink(folder.resolve("real/last"), Path.of("file"));
        try (FoundFile root = FoundFile.at(folder.toString())) {
            root.below(bytes("/real/file")).close();
            for (String path : new String[] {"/link/file", "/real/last", "/none", ""}) {
                IOException e = assertThrows(IOException.class, () -> root.below(bytes(path)), path);
                assertTrue(e.getMessage().startsWith("cannot find file: "), e.getMessage());
            }
        }
    }

    @Test
    void doesNotLeaveTheFolder() throws IOException {
        Files.createDirectory(folder.resolve("inner"));
        Files.writeString(folder.resolve("outside"), "out");
        Files.writeString(folder.resolve("inner/outside"), "in");
        try (FoundFile root = FoundFile.at(folder.resolve("inner").toString());
                FoundFile found = root.below(bytes("../../outside"))) {
            assertEquals("in", Files.readString(found.path()));
        }
    }

    @Test
    @Timeout(value = 20, unit = TimeUnit.SECONDS)
    void aPipeIsFoundWithoutWaitingForItsWriter() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        try (FoundFile root = FoundFile.at(folder.toString()); FoundFile found = root.below(bytes("pipe"))) {
            assertTrue(Files.readAttributes(found.path(), java.nio.file.attribute.BasicFileAttributes.class).isOther());
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
