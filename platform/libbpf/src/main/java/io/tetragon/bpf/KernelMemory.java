// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.Scratch;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * The kernel memory that programs hold which belong to nobody here, such as pinned ones: theirs and that of every map that
 * they can reach, also of the programs that they call through arrays of programs. Used once, by one thread.
 */
public final class KernelMemory {
    private static final int INFO_SIZE = 232;
    private static final int MAP_COUNT = 52;
    private static final int MAP_IDS = 56;

    private final Deque<Integer> waiting = new ArrayDeque<>();
    private final Set<Integer> programs = new HashSet<>();
    private final Set<Integer> maps = new HashSet<>();
    private long bytes;

    private KernelMemory() {
    }

    /**
     * Adds up the memory of programs; of those that are gone, nothing.
     *
     * @param programs ids, as {@link LinkInfo#programId} tells them
     * @return bytes, as the kernel estimates them
     * @throws BpfException when the kernel does not permit to look
     */
    public static long ofPrograms(Collection<Integer> programs) {
        KernelMemory memory = new KernelMemory();
        memory.waiting.addAll(programs);
        for (Integer next = memory.waiting.poll(); next != null; next = memory.waiting.poll()) {
            if (memory.programs.add(next)) {
                memory.addProgram(next);
            }
        }
        return memory.bytes;
    }

    private void addProgram(int id) {
        int fd = open("bpf_prog_get_fd_by_id", id);
        if (fd < 0) {
            return;
        }
        try (Scratch scratch = new Scratch()) {
            bytes += locked(fd);
            for (int map : mapsOf(fd, scratch)) {
                if (maps.add(map)) {
                    addMap(map);
                }
            }
        } finally {
            Libc.close(fd);
        }
    }

    private static int[] mapsOf(int fd, Scratch scratch) {
        long info = scratch.zeroed(INFO_SIZE);
        long size = scratch.zeroed(Integer.BYTES);
        Scratch.MEMORY.putInt(size, INFO_SIZE);
        LibBpf.get().check("read the state of a program", "bpf_obj_get_info_by_fd", fd, info, size);
        int count = Scratch.MEMORY.getInt(info + MAP_COUNT);
        long again = scratch.zeroed(INFO_SIZE);
        long ids = scratch.zeroed((long) Integer.BYTES * count);
        Scratch.MEMORY.putInt(again + MAP_COUNT, count);
        Scratch.MEMORY.putLong(again + MAP_IDS, ids);
        LibBpf.get().check("read the maps of a program", "bpf_obj_get_info_by_fd", fd, again, size);
        int[] maps = new int[Math.min(count, Scratch.MEMORY.getInt(again + MAP_COUNT))];
        for (int i = 0; i < maps.length; i++) {
            maps[i] = Scratch.MEMORY.getInt(ids + (long) Integer.BYTES * i);
        }
        return maps;
    }

    private void addMap(int id) {
        int fd = open("bpf_map_get_fd_by_id", id);
        if (fd < 0) {
            return;
        }
        try (StandaloneMap map = StandaloneMap.opened(fd, "number " + id)) {
            bytes += locked(fd);
            if (map.type() == MapType.PROG_ARRAY) {
                map.forEach((key, value) -> waiting.add(
                        ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getInt()));
            }
        }
    }

    /** Returns a descriptor, or -1 if there is none of that number any more. */
    private static int open(String function, int id) {
        try {
            return LibBpf.get().check("open number " + id, function, id);
        } catch (BpfException e) {
            if (e.errno() == Errors.ENOENT) {
                return -1;
            }
            throw e;
        }
    }

    private static long locked(int fd) {
        try {
            return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).stream()
                    .filter(line -> line.startsWith("memlock:"))
                    .mapToLong(line -> Long.parseLong(line.substring("memlock:".length()).strip()))
                    .findFirst().orElse(0);
        } catch (IOException e) {
            throw new BpfException("read the memory use of BPF objects", 0, String.valueOf(e.getMessage()), "mount /proc");
        }
    }
}
