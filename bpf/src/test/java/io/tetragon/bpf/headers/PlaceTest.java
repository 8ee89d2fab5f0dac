// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Paths and ids of processes in unusual places, which {@code src/test/c/place.c} goes to. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PlaceTest {
    private static final long GETPPID = 110;
    private static final Path PLACE = Path.of("target", "place").toAbsolutePath();
    private static final int NAMESPACES = 10;
    /** The status of {@code place} on a machine that cannot do a step. */
    private static final int SKIPPED = 77;

    private final long token = ThreadLocalRandom.current().nextLong(1L << 32, Long.MAX_VALUE);
    private @Nullable Helpers loaded;

    /**
     * What a process in its place is.
     *
     * @param seen by BPF
     * @param namespaces as procfs has them
     * @param cwd as the kernel has it, or why it does not tell
     */
    private record Visit(Seen seen, List<Integer> namespaces, String cwd) {}

    /** Before the first test; the others find it loaded. */
    @BeforeEach
    void build() throws IOException, InterruptedException {
        if (loaded != null) {
            return;
        }
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "the number of getppid is that of x86-64");
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "not run by root");
        Helpers helpers = Helpers.load(object -> {
            object.setConstant("token", token);
            object.setConstant("call", GETPPID);
        });
        loaded = helpers;
        String output = run("clang", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-pthread", "-o", PLACE.toString(),
                Path.of("src", "test", "c", "place.c").toString());
        assertEquals("", output);
        helpers.object().program("look_at_token").attach();
    }

    @AfterAll
    void unload() {
        Helpers helpers = loaded;
        if (helpers != null) {
            helpers.close();
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', value = {
        "the root                  | cd /",
        "a folder                  | cd /usr/share",
        "a symbolic link           | cd /proc/self/root/usr",
        "a hundred components      | own tmpfs /tmp cd /tmp deep 100 7",
        "names of 255 bytes        | own tmpfs /tmp cd /tmp deep 10 255",
        "names of one byte         | own tmpfs /tmp cd /tmp deep 2045 1",
        "the longest path there is | own tmpfs /tmp cd /tmp deep 15 255 deep 1 250",
        "the top of a mount        | own tmpfs /tmp cd /tmp",
        "a mount upon a mount      | own tmpfs /tmp tmpfs /tmp cd /tmp deep 2 3",
        "mounts within mounts      | own tmpfs /tmp mkdir /tmp/a tmpfs /tmp/a mkdir /tmp/a/b tmpfs /tmp/a/b cd /tmp/a/b deep 2 3",
        "below a mount point       | own tmpfs /tmp cd /tmp mkdir a tmpfs a cd a mkdir b cd b",
        "beneath what covers it    | own tmpfs /tmp cd /tmp deep 2 3 tmpfs /tmp",
        "a bind mount              | own tmpfs /tmp mkdir /tmp/a mkdir /tmp/b bind /tmp/a /tmp/b cd /tmp/b deep 2 3",
        "a part bound elsewhere    | own tmpfs /tmp mkdir /tmp/a mkdir /tmp/a/b mkdir /tmp/c bind /tmp/a/b /tmp/c cd /tmp/c deep 1 4",
        "the root of a chroot      | own tmpfs /tmp mkdir /tmp/r chroot /tmp/r cd /",
        "within a chroot           | own tmpfs /tmp mkdir /tmp/r chroot /tmp/r cd / deep 3 9",
        "a mount within a chroot   | own tmpfs /tmp mkdir /tmp/r mkdir /tmp/r/m tmpfs /tmp/r/m chroot /tmp/r cd /m deep 2 3",
        "a chroot at a mount point | own tmpfs /tmp chroot /tmp cd / deep 2 3",
    })
    void theDirectoryIsTheKernels(String place, String steps) throws IOException, InterruptedException {
        Visit visit = visit(steps);
        assertEquals(visit.cwd(), visit.seen().path(), place);
        assertTrue(visit.seen().complete(), place);
    }

    @Test
    void aPathTooLongIsMarkedAndItsLeavesAreKept() throws IOException, InterruptedException {
        for (String steps : List.of("own tmpfs /tmp cd /tmp deep 15 255 deep 1 251",
                "own tmpfs /tmp cd /tmp deep 20 255", "own tmpfs /tmp cd /tmp deep 3000 1")) {
            Visit visit = visit(steps);
            assertFalse(visit.seen().complete(), steps);
            assertTrue(visit.cwd().contains("too"), visit.cwd());
            int size = visit.seen().cwd().length;
            assertTrue(size > 4096 - 257 && size < 4096, steps + ": " + size);
            assertEquals(0, visit.seen().cwd()[size - 1]);
        }
    }

    @ParameterizedTest(name = "{0} is shown as {2}")
    @CsvSource(delimiter = '|', value = {
        "a directory outside the root | own tmpfs /tmp mkdir /tmp/r cd /tmp chroot r | /tmp",
        "a removed directory          | own tmpfs /tmp mkdir /tmp/x cd /tmp/x rmdir /tmp/x | /tmp/x",
        "a mount that was detached    | own tmpfs /tmp cd /tmp deep 2 3 detach /tmp | /ddd/ddd",
    })
    void whatTheKernelCannotReachHasItsPlainPath(String place, String steps, String path)
            throws IOException, InterruptedException {
        Visit visit = visit(steps);
        assertEquals(path, visit.seen().path(), place);
        assertTrue(visit.seen().complete(), place);
    }

    @Test
    void eachIdIsInItsPlace() throws IOException, InterruptedException {
        Seen seen = visit("gids 21 22 23 ids 11 12 13").seen();
        assertEquals(List.of(11, 21, 13, 23, 12, 22, 12, 22, 0), seen.ids());
        assertEquals(List.of(0L, 0L, 0L), seen.capabilities());
    }

    @Test
    void idsAreUnsigned() throws IOException, InterruptedException {
        Seen seen = visit("gids -2 -3 -4 ids -2 -3 -4").seen();
        assertEquals(List.of(-2, -2, -4, -4, -3, -3, -3, -3, 0), seen.ids());
    }

    @Test
    void namespacesOfItsOwnAreTold() throws IOException, InterruptedException {
        Visit host = visit("cd /");
        Visit own = visit("own spaces cd /");
        assertEquals(host.namespaces(), host.seen().namespaces());
        assertEquals(own.namespaces(), own.seen().namespaces());
        assertEquals(5, countDifferent(host.namespaces(), own.namespaces()), "uts, ipc, mnt, net, cgroup");
    }

    @Test
    void theFirstOfAPidNamespaceIsOneThere() throws IOException, InterruptedException {
        Seen host = visit("cd /").seen();
        Visit init = visit("init cd /");
        assertEquals(host.tgid(), host.nspid());
        assertEquals(1, init.seen().nspid());
        assertEquals(host.level() + 1, init.seen().level());
        assertEquals(init.namespaces(), init.seen().namespaces());
        Seen nested = visit("init init init cd /").seen();
        assertEquals(1, nested.nspid());
        assertEquals(host.level() + 3, nested.level());
    }

    @Test
    void aThreadHasTheIdOfItsProcess() throws IOException, InterruptedException {
        Seen host = visit("thread cd /").seen();
        assertEquals(host.tgid(), host.nspid());
        assertEquals(1, visit("init thread cd /").seen().nspid());
    }

    private static long countDifferent(List<Integer> a, List<Integer> b) {
        long different = 0;
        for (int i = 0; i < a.size(); i++) {
            different += a.get(i).equals(b.get(i)) ? 0 : 1;
        }
        return different;
    }

    private Visit visit(String steps) throws IOException, InterruptedException {
        Helpers helpers = Objects.requireNonNull(loaded);
        int before = helpers.seen().calls();
        List<String> command = new ArrayList<>(List.of(PLACE.toString(), Long.toString(token)));
        command.addAll(Arrays.asList(steps.strip().split(" ")));
        String[] lines = run(command.toArray(String[]::new)).split("\n", NAMESPACES + 1);
        Seen seen = helpers.seen();
        assertEquals(before + 1, seen.calls(), "looked at once");
        assertTrue(seen.intact(), "wrote beyond its room");
        List<Integer> namespaces =
                Arrays.stream(lines).limit(NAMESPACES).map(Integer::parseUnsignedInt).toList();
        return new Visit(seen, namespaces, lines[NAMESPACES]);
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "cannot run " + command[0] + ": " + e.getMessage());
            throw e;
        }
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        assumeTrue(status != SKIPPED, output);
        assertEquals(0, status, String.join(" ", command) + ": " + output);
        return output;
    }
}
