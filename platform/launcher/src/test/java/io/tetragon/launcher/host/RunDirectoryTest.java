// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunDirectoryTest {
    @TempDir
    Path parent;

    private Path pidFile() {
        return parent.resolve("run/tetragon.pid");
    }

    private RunDirectory claim() throws TetragonException {
        return RunDirectory.claim(parent.resolve("run"));
    }

    @Test
    void itTellsThePidWhileItIsClaimedAndIsEmptyAfterwards() throws Exception {
        RunDirectory directory = claim();
        assertEquals(String.valueOf(ProcessHandle.current().pid()), Files.readString(pidFile()));
        assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(parent.resolve("run"))));
        directory.writeInformation("{}");
        Files.createDirectories(directory.bundleStorage().resolve("bundle1"));
        Files.writeString(directory.bundleStorage().resolve("bundle1/bundle.jar"), "x");
        directory.close();
        try (var left = Files.list(parent.resolve("run"))) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void anotherAgentThatLivesKeepsIt() throws Exception {
        Files.createDirectories(pidFile().getParent());
        // Any process with that word in its command line stands for an agent of another make.
        Process other = new ProcessBuilder("sleep", "60").start();
        Process agent = new ProcessBuilder("sh", "-c", "sleep 60 # tetragon\nexit").start();
        try {
            Files.writeString(pidFile(), agent.pid() + "\n");
            TetragonException error = assertThrows(TetragonException.class, this::claim);
            assertTrue(error.getMessage().contains("pid " + agent.pid()), error.getMessage());
            Files.writeString(pidFile(), String.valueOf(other.pid()));
            claim().close();
        } finally {
            agent.destroyForcibly();
            agent.descendants().forEach(ProcessHandle::destroyForcibly);
            other.destroyForcibly();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "4194305", "nonsense", "-1", "1"})
    void whatAKilledAgentLeftIsReplaced(String stale) throws Exception {
        Files.createDirectories(pidFile().getParent());
        Files.writeString(pidFile(), stale);
        claim().close();
        assertFalse(Files.exists(pidFile()));
    }

    @Test
    void aDirectoryThatCannotBeMadeIsNamed() throws Exception {
        Files.writeString(parent.resolve("run"), "a file is in the way");
        TetragonException error = assertThrows(TetragonException.class, this::claim);
        assertTrue(error.getMessage().startsWith("run directory " + parent.resolve("run")), error.getMessage());
    }

    @Test
    void informationHasTetragonsKeysAndIsJsonWhateverThePathsHold() {
        String json = new Information("/a \"b\"\n", "/btf", "unix:///s", "/sys/fs/bpf/tetragon", 7).json();
        assertEquals("{\"export_fname\":\"/a \\\"b\\\"\\u000a\",\"lib_dir\":\"\",\"btf_fname\":\"/btf\","
                + "\"server_address\":\"unix:///s\",\"metrics_address\":\"\",\"gops_address\":\"\","
                + "\"map_dir\":\"/sys/fs/bpf/tetragon\",\"bpftool_path\":\"\",\"gops_path\":\"\",\"max_recv_size\":7,"
                + "\"pid\":" + ProcessHandle.current().pid() + "}\n", json);
    }
}
