// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What process.h and path.h say of this very thread is what procfs says of it. */
class TaskTest {
    private static final Path SELF = Path.of("/proc/thread-self");

    @Test
    void credentialsAreThoseOfTheThread() throws IOException {
        Seen seen = look();
        List<Integer> uids = numbers("Uid:");
        List<Integer> gids = numbers("Gid:");
        assertEquals(List.of(uids.get(0), gids.get(0), uids.get(2), gids.get(2), uids.get(1), gids.get(1), uids.get(3),
                gids.get(3), 0), seen.ids());
        assertEquals(List.of(Long.parseUnsignedLong(status("CapPrm:"), 16),
                Long.parseUnsignedLong(status("CapEff:"), 16), Long.parseUnsignedLong(status("CapInh:"), 16)),
                seen.capabilities());
    }

    @Test
    void namespacesAreThoseOfTheThread() throws IOException {
        List<Integer> expected = new ArrayList<>();
        for (String kind : List.of("uts", "ipc", "mnt", "pid", "pid_for_children", "net", "time", "time_for_children",
                "cgroup", "user")) {
            expected.add(namespace(kind));
        }
        assertEquals(expected, look().namespaces());
    }

    @Test
    void processIdsAreThoseOfTheProcess() throws IOException {
        Seen seen = look();
        List<Integer> ids = numbers("NStgid:");
        // this thread is not the leader, whose id it is
        assertEquals(ids.get(ids.size() - 1), seen.nspid());
        assertEquals(numbers("NStgid:").get(0), seen.tgid());
        assertEquals(1, seen.calls());
    }

    @Test
    void theLoginUidIsTheThreadsOrUnset() throws IOException {
        int expected = -1;
        try {
            expected = Integer.parseUnsignedInt(Files.readString(SELF.resolve("loginuid")).trim());
        } catch (NoSuchFileException e) {
            // a kernel without auditing
        }
        assertEquals(expected, look().auid());
    }

    @Test
    void theDirectoryIsTheProcesss() throws IOException {
        Seen seen = look();
        assertEquals(Files.readSymbolicLink(SELF.resolve("cwd")).toString(), seen.path());
        assertTrue(seen.complete() && seen.intact());
    }

    @Test
    void processesNobodyEnteredAreNotFound() throws IOException {
        try (Helpers helpers = Helpers.load(object -> {})) {
            assertEquals(0, helpers.run("find_process"));
            int size = helpers.object().map("process_map").valueSize();
            helpers.set("process_map", (int) ProcessHandle.current().pid(), new byte[size]);
            assertEquals(1, helpers.run("find_process"));
        }
    }

    private static Seen look() throws IOException {
        try (Helpers helpers = Helpers.load(object -> {})) {
            assertEquals(0, helpers.run("look_at_caller"));
            return helpers.seen();
        }
    }

    private static List<Integer> numbers(String name) throws IOException {
        return List.of(status(name).split("\\s+")).stream().map(Integer::parseUnsignedInt).toList();
    }

    private static String status(String name) throws IOException {
        return Files.readAllLines(SELF.resolve("status")).stream().filter(line -> line.startsWith(name)).findFirst()
                .orElseThrow().substring(name.length()).trim();
    }

    private static int namespace(String kind) throws IOException {
        Path link = SELF.resolve("ns").resolve(kind);
        if (!Files.exists(link)) {
            return 0;
        }
        String target = Files.readSymbolicLink(link).toString();
        return Integer.parseUnsignedInt(target.substring(target.indexOf('[') + 1, target.length() - 1));
    }
}
