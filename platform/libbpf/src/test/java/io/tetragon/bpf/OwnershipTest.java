// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class OwnershipTest {
    private static final int CYCLES = 50;
    /** bpf(2) commands for the next program, map and link id. */
    private static final int[] NEXT_ID = {11, 12, 31};
    private static final Set<String> PROGRAMS = Set.of("write_batch", "on_syscall");
    private static final Set<String> MAPS = Set.of("ring", "states", "scratch", "own", "ring.rodata");

    @Test
    void nothingOutlivesItsOwner() throws IOException, InterruptedException {
        byte[] elf = TestObjects.compileToLoad("ring");
        cycle(elf);
        int descriptors = descriptors();
        int mappings = mappings();
        Set<String> before = kernelObjects();
        for (int i = 0; i < CYCLES; i++) {
            cycle(elf);
        }
        assertEquals(descriptors, descriptors(), "file descriptors");
        assertEquals(mappings, mappings(), "mappings of BPF maps");
        Set<String> left = kernelObjects();
        left.removeAll(before);
        // the kernel frees after grace periods
        for (int i = 0; i < 200 && !left.isEmpty(); i++) {
            Thread.sleep(50);
            left.retainAll(kernelObjects());
        }
        assertEquals(Set.of(), left, "BPF programs, maps and links");
    }

    private static void cycle(byte[] elf) {
        try (BpfObject object = BpfObject.open(elf, "ring")) {
            object.load();
            try (RingBuffer ring = RingBuffer.open(object.map("ring"));
                    BpfMapping mapping = object.map("states").mmap();
                    StandaloneMap own = BpfMap.create(new MapSpec("own", MapType.HASH, 4, 4, 8, 0))) {
                BpfLink first = object.program("on_syscall").attach();
                object.program("on_syscall").attachRawTracepoint("sys_exit");
                first.close();
                assertTrue(ring.drain(record -> { }, 10) >= 0);
                assertEquals(0, mapping.buffer().getLong(8));
                assertEquals(MapType.HASH, own.type());
            }
        }
    }

    private static int descriptors() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            // other descriptors belong to the virtual machine and change with its class loading
            return (int) files.filter(OwnershipTest::anonymous).count();
        }
    }

    private static boolean anonymous(Path file) {
        try {
            return Files.readSymbolicLink(file).toString().startsWith("anon_inode:");
        } catch (IOException e) {
            return false;
        }
    }

    private static int mappings() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return (int) lines.filter(line -> line.contains("bpf-map")).count();
        }
    }

    /** Other processes of the machine use BPF too; a link has no name, and is of ours when it has our program. */
    private static boolean ours(int command, int id) {
        String open = command == 11 ? "bpf_prog_get_fd_by_id" : command == 12 ? "bpf_map_get_fd_by_id"
                : "bpf_link_get_fd_by_id";
        int fd = (int) LibBpf.get().call(open, id);
        if (fd < 0) {
            return false;
        }
        try {
            return switch (command) {
                case 11 -> PROGRAMS.contains(KernelInfo.program(fd, "").name());
                case 12 -> MAPS.contains(KernelInfo.map(fd, "").name());
                default -> ours(11, KernelInfo.link(fd).programId());
            };
        } finally {
            Libc.close(fd);
        }
    }

    private static Set<String> kernelObjects() {
        Set<String> ids = new TreeSet<>();
        for (int command : NEXT_ID) {
            int id = 0;
            try (Scratch scratch = new Scratch()) {
                long attributes = scratch.zeroed(16);
                while (true) {
                    Scratch.MEMORY.putInt(attributes, id);
                    if (Libc.bpf(command, attributes, 12) < 0) {
                        break;
                    }
                    id = Scratch.MEMORY.getInt(attributes + 4);
                    if (ours(command, id)) {
                        ids.add(command + ":" + id);
                    }
                }
            }
        }
        return ids;
    }
}
