// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.sensor.loader.internal.Mapping.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class BuildIdSearchTest {
    private static final byte[] ID = HexFormat.of().parseHex("93ac61ec5a8eb1396f9fbd350e3169a558528a40");
    private static final int SELF = (int) ProcessHandle.current().pid();
    /** No process has an id above the kernel's limit. */
    private static final int NOBODY = 1 << 22 | 1;

    private final BuildIdSearch search = new BuildIdSearch(Path.of("/proc"));

    @TempDir
    Path folder;

    @Test
    void findsTheFileWithTheProcessOrWithout() throws IOException {
        Path file = Library.write(folder.resolve("lib.so"), ID);
        assertArrayEquals(ID, find(file, FileVersion.of(file), SELF));
        assertArrayEquals(ID, find(file, FileVersion.of(file), NOBODY));
        assertArrayEquals(ID, find(file, FileVersion.of(file), NOBODY, SELF));
        assertArrayEquals(ID, find(file, FileVersion.of(file)));
    }

    @Test
    void findsThatAFileHasNone() throws IOException {
        Path file = Files.writeString(folder.resolve("script"), "#!/bin/sh\n");
        byte[] found = find(file, FileVersion.of(file), SELF);
        assertNotNull(found);
        assertEquals(0, found.length);
    }

    @Test
    void takesNoOtherFileForTheOneThatWasMapped() throws IOException {
        Path file = Library.write(folder.resolve("lib.so"), ID);
        FileVersion mapped = FileVersion.of(file);
        Files.delete(file);
        assertNull(find(file, mapped, SELF));
        Library.write(file, new byte[] {1, 2, 3, 4});
        assertNull(find(file, mapped, SELF));
    }

    @Test
    void doesNotWalkIntoTraps() throws IOException, InterruptedException {
        Path file = Library.write(folder.resolve("lib.so"), ID);
        FileVersion mapped = FileVersion.of(file);
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        assertNull(find(link, mapped, SELF), "a link");
        Path pipe = folder.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        assertNull(find(pipe, mapped, SELF), "a pipe, which would keep whoever opens it");
        assertNull(find(folder, mapped, SELF), "a folder");
        assertNull(find(Path.of("/dev/zero"), mapped, SELF), "a device");
        assertThrows(IOException.class, () -> FileVersion.of(Path.of("/dev/zero")));
    }

    @Test
    void findsWhatIsMappedWhereverItWent() throws IOException {
        assumeTrue(Files.isReadable(Path.of("/proc/self/map_files")), "no right to read map_files");
        Path file = Library.write(folder.resolve("lib.so"), ID);
        try (Library library = Library.open(file)) {
            long address = library.map(Library.READ_EXECUTE);
            Files.delete(file);
            List<MapsFile.Line> lines = new ArrayList<>();
            MapsFile.executable(Path.of("/proc/self"), lines::add);
            MapsFile.Line line = lines.stream()
                    .filter(mapped -> mapped.path().equals(file.toString())).findFirst().orElseThrow();
            FileVersion now = FileVersion.of(Path.of("/proc/self/map_files", line.range()));
            assertArrayEquals(ID, search.find(mapping(file, Place.NOWHERE, now), new int[] {SELF}));
            assertNull(search.find(mapping(file, Place.NOWHERE, now), new int[] {NOBODY}));
            Library.unmap(address);
        }
    }

    private byte @Nullable [] find(Path file, FileVersion version, int... processes) {
        return search.find(mapping(file, Place.FILE, version), processes);
    }

    private static Mapping mapping(Path file, Place place, FileVersion version) {
        return new Mapping(0, SELF, 0, 0, SELF, file.toString().getBytes(StandardCharsets.UTF_8), place, version);
    }
}
