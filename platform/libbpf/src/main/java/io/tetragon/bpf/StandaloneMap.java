// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.OpenState;
import io.tetragon.bpf.internal.Scratch;
import java.nio.file.Path;
import java.util.Optional;

/** A map that belongs to whoever created or opened it. Objects may share it with {@link BpfObjectMap#reuse}. */
public final class StandaloneMap extends BpfMap implements AutoCloseable {
    private static final int OPTIONS = 48;
    private static final int INNER_MAP_FD = 24;
    private static final int MAP_FLAGS = 28;
    private static final int KERNEL_NAME = 15;

    private final int fd;
    private final String name;
    private final MapInfo info;

    private StandaloneMap(int fd, String name) {
        super(new OpenState("map " + name));
        this.fd = fd;
        this.name = name;
        this.info = KernelInfo.map(fd, name);
    }

    static StandaloneMap created(MapSpec spec, Optional<BpfMap> inner) {
        try (Scratch scratch = new Scratch()) {
            long options = scratch.zeroed(OPTIONS);
            Scratch.MEMORY.putLong(options, OPTIONS);
            inner.ifPresent(map -> Scratch.MEMORY.putInt(options + INNER_MAP_FD, map.fd()));
            Scratch.MEMORY.putInt(options + MAP_FLAGS, spec.flags());
            String kernelName = spec.name().substring(0, Math.min(KERNEL_NAME, spec.name().length()));
            return own(LibBpf.get().check("create map " + spec.name(), "bpf_map_create", spec.type().number(),
                    scratch.string(kernelName), spec.keySize(), spec.valueSize(), spec.maxEntries(), options),
                    spec.name());
        }
    }

    static StandaloneMap pinned(Path path) {
        try (Scratch scratch = new Scratch()) {
            return own(LibBpf.get().check("open the map pinned at " + path, "bpf_obj_get",
                    scratch.string(path.toString())), path.getFileName().toString());
        }
    }

    /** @param fd becomes the map's */
    static StandaloneMap opened(int fd, String name) {
        return own(fd, name);
    }

    static StandaloneMap byId(int id) {
        String name = "number " + Integer.toUnsignedString(id);
        return own(LibBpf.get().check("open the map " + name, "bpf_map_get_fd_by_id", id), name);
    }

    private static StandaloneMap own(int fd, String name) {
        try {
            return new StandaloneMap(fd, name);
        } catch (BpfException e) {
            Libc.close(fd);
            throw e;
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int fd() {
        return fd;
    }

    @Override
    public MapType type() {
        return info.type();
    }

    @Override
    public int keySize() {
        return info.keySize();
    }

    @Override
    public int valueSize() {
        return info.valueSize();
    }

    /** Gives the map up; the kernel keeps it while a program, pin or mapping uses it. */
    @Override
    public void close() {
        state().close(() -> Libc.close(fd));
    }
}
