// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.Scratch;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Reads the kernel's info structures; fields a kernel does not know yet stay zero. */
final class KernelInfo {
    private static final int PROGRAM_SIZE = 232;
    private static final int MAP_SIZE = 88;
    private static final int LINK_SIZE = 80;
    private static final int NAME = 16;
    private static final int LINK_PERF_EVENT = 7;
    private static final int LINK_KPROBE_MULTI = 8;
    private static final int PERF_KPROBE = 3;
    private static final int PERF_KRETPROBE = 4;

    private KernelInfo() {
    }

    static MapInfo map(int fd, String name) {
        try (Scratch scratch = new Scratch()) {
            long info = read(scratch, fd, MAP_SIZE, "map " + name);
            return new MapInfo(word(info, 4), MapType.of(word(info, 0)), word(info, 8), word(info, 12),
                    word(info, 16), word(info, 20), text(info + 24));
        }
    }

    static ProgramInfo program(int fd, String name) {
        try (Scratch scratch = new Scratch()) {
            long info = read(scratch, fd, PROGRAM_SIZE, "program " + name);
            return new ProgramInfo(word(info, 4), HexFormat.of().formatHex(Scratch.read(info + 8, 8)),
                    text(info + 64), word(info, 16), word(info, 20), Scratch.MEMORY.getLong(info + 192),
                    Scratch.MEMORY.getLong(info + 200), Scratch.MEMORY.getLong(info + 208), word(info, 216));
        }
    }

    static LinkInfo link(int fd) {
        try (Scratch scratch = new Scratch()) {
            long info = read(scratch, fd, LINK_SIZE, "link");
            return new LinkInfo(word(info, 4), word(info, 0), word(info, 8), missed(info));
        }
    }

    private static long missed(long info) {
        int type = word(info, 0);
        if (type == LINK_KPROBE_MULTI) {
            return Scratch.MEMORY.getLong(info + 32);
        }
        boolean kprobe = word(info, 16) == PERF_KPROBE || word(info, 16) == PERF_KRETPROBE;
        return type == LINK_PERF_EVENT && kprobe
                ? Scratch.MEMORY.getLong(info + 48) : 0;
    }

    private static long read(Scratch scratch, int fd, int size, String what) {
        long info = scratch.zeroed(size);
        long length = scratch.zeroed(4);
        Scratch.MEMORY.putInt(length, size);
        LibBpf.get().check("read the state of " + what, "bpf_obj_get_info_by_fd", fd, info, length);
        return info;
    }

    private static int word(long info, int offset) {
        return Scratch.MEMORY.getInt(info + offset);
    }

    private static String text(long address) {
        byte[] bytes = Scratch.read(address, NAME);
        int length = 0;
        while (length < NAME && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
