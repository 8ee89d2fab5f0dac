// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.CoreTypes;
import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.Libc;
import io.tetragon.bpf.internal.OpenState;
import io.tetragon.bpf.internal.Scratch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A compiled BPF object: opened, configured, loaded, closed. It owns its programs, its maps (shared ones excepted) and
 * the links made of its programs; closing it ends them all.
 *
 * <p>One thread opens, configures and loads. After that attaching, closing and the use of maps are safe for concurrent
 * use.
 */
public final class BpfObject implements AutoCloseable {
    private static final int OPEN_OPTIONS = 80;
    private static final int OBJECT_NAME = 8;
    private static final int TYPES_PATH = 48;

    private final OpenState state;
    private final String name;
    private final long pointer;
    private final Map<String, BpfProgram> programs = new LinkedHashMap<>();
    private final Map<String, BpfObjectMap> maps = new LinkedHashMap<>();
    private final Set<BpfLink> links = Collections.synchronizedSet(new LinkedHashSet<>());
    private final ObjectConstants constants;
    /** libbpf opens the file when it loads. */
    private final AtomicInteger types;
    private volatile boolean loaded;

    private BpfObject(String name, long pointer, int types) {
        this.state = new OpenState("object " + name);
        this.name = name;
        this.pointer = pointer;
        this.types = new AtomicInteger(types);
        LibBpf bpf = LibBpf.get();
        for (long p = next(bpf, "bpf_object__next_program", 0); p != 0; p = next(bpf, "bpf_object__next_program", p)) {
            BpfProgram program = new BpfProgram(this, state, p);
            programs.put(program.name(), program);
        }
        for (long p = next(bpf, "bpf_object__next_map", 0); p != 0; p = next(bpf, "bpf_object__next_map", p)) {
            String mapName = Scratch.readString(bpf.call("bpf_map__name", p));
            maps.put(mapName, new BpfObjectMap(this, state, p, mapName));
        }
        this.constants = new ObjectConstants(name, pointer, maps.values());
    }

    private long next(LibBpf bpf, String function, long previous) {
        return bpf.call(function, pointer, previous);
    }

    /**
     * Opens an object; nothing reaches the kernel yet.
     *
     * @param elf  what clang wrote; not kept
     * @param name for messages, and the first part of the kernel's names of the object's data sections
     * @throws BpfException when libbpf is missing or does not understand the object
     */
    public static BpfObject open(byte[] elf, String name) {
        LibBpf.get();
        return open(CoreTypes.ofKernel().prepare(elf, name), name);
    }

    /** Opens an object that is relocated with the types of the caller's choice. */
    static BpfObject open(CoreTypes.Prepared prepared, String name) {
        LibBpf bpf = LibBpf.get();
        boolean opened = false;
        try (Scratch scratch = new Scratch()) {
            long options = scratch.zeroed(OPEN_OPTIONS);
            Scratch.MEMORY.putLong(options, OPEN_OPTIONS);
            Scratch.MEMORY.putLong(options + OBJECT_NAME, scratch.string(name));
            if (prepared.types() >= 0) {
                Scratch.MEMORY.putLong(options + TYPES_PATH, scratch.string(prepared.path()));
            }
            long pointer = bpf.checkPointer("open BPF object " + name, "bpf_object__open_mem",
                    scratch.bytes(prepared.elf()), prepared.elf().length, options);
            try {
                BpfObject object = new BpfObject(name, pointer, prepared.types());
                opened = true;
                return object;
            } finally {
                if (!opened) {
                    bpf.call("bpf_object__close", pointer);
                }
            }
        } finally {
            if (!opened) {
                closeTypes(prepared.types());
            }
        }
    }

    private static void closeTypes(int fd) {
        if (fd >= 0) {
            Libc.close(fd);
        }
    }

    /** @return the object's name */
    public String name() {
        return name;
    }

    /** @return the programs, in the order of the object */
    public List<BpfProgram> programs() {
        return List.copyOf(programs.values());
    }

    /** @return the maps, in the order of the object; data sections are maps, too */
    public List<BpfObjectMap> maps() {
        return List.copyOf(maps.values());
    }

    /**
     * A program of the object.
     *
     * @param program name of its C function
     * @throws BpfException when there is none
     */
    public BpfProgram program(String program) {
        BpfProgram found = programs.get(program);
        if (found == null) {
            throw new BpfException("find program " + program, 0, "object " + name + " has only " + programs.keySet(),
                    "");
        }
        return found;
    }

    /** @return whether the object has such a program */
    public boolean hasProgram(String program) {
        return programs.containsKey(program);
    }

    /**
     * A map of the object.
     *
     * @throws BpfException when there is none
     */
    public BpfObjectMap map(String map) {
        BpfObjectMap found = maps.get(map);
        if (found == null) {
            throw new BpfException("find map " + map, 0, "object " + name + " has only " + maps.keySet(), "");
        }
        return found;
    }

    /** @return whether the object has such a map */
    public boolean hasMap(String map) {
        return maps.containsKey(map);
    }

    /** @return whether the object has a constant, a {@code const volatile} global, of that name */
    public boolean hasConstant(String variable) {
        return constants.has(variable);
    }

    /**
     * Sets an integer constant before loading; the verifier then removes the branches it rules out.
     *
     * @throws BpfException when there is no such constant, or the value does not fit into it
     */
    public void setConstant(String variable, long value) {
        configure("set constant " + variable, () -> constants.set(variable, value));
    }

    /** Sets a {@code bool} constant before loading. */
    public void setConstant(String variable, boolean value) {
        setConstant(variable, value ? 1 : 0);
    }

    /**
     * Sets a constant of any type before loading.
     *
     * @param value exactly as many bytes as the constant has
     */
    public void setConstant(String variable, byte[] value) {
        configure("set constant " + variable, () -> constants.set(variable, value));
    }

    /** @return the value of a constant, before loading */
    public byte[] readConstant(String variable) {
        byte[][] value = new byte[1][];
        configure("read constant " + variable, () -> value[0] = constants.read(variable));
        return value[0];
    }

    /**
     * Reads an integer constant of at most four bytes, before loading.
     *
     * @throws BpfException when there is no such constant, or it is wider
     */
    public int readConstantInt(String variable) {
        int[] value = new int[1];
        configure("read constant " + variable, () -> value[0] = constants.readInt(variable));
        return value[0];
    }

    private void configure(String what, Runnable action) {
        requireUnloaded(what);
        long stamp = state.enter();
        try {
            action.run();
        } finally {
            state.leave(stamp);
        }
    }

    /**
     * Creates the maps and has the kernel verify and load the programs. After a failure nothing of the object is in
     * the kernel; close it.
     *
     * @throws BpfException when the kernel refuses; {@link BpfException#verifierLog} has the details
     */
    public void load() {
        requireUnloaded("load it again");
        long stamp = state.enter();
        try {
            LibBpf.get().check("load BPF object " + name, "bpf_object__load", pointer);
            maps.values().forEach(BpfObjectMap::keepProperties);
            programs.values().forEach(BpfProgram::keepProperties);
            loaded = true;
        } finally {
            closeTypes(types.getAndSet(-1));
            state.leave(stamp);
        }
    }

    /** @return whether {@link #load} has succeeded */
    public boolean isLoaded() {
        return loaded;
    }

    void requireUnloaded(String what) {
        if (loaded) {
            throw new IllegalStateException("cannot " + what + ": object " + name + " is loaded already");
        }
    }

    void requireLoaded(String what) {
        if (!loaded) {
            throw new IllegalStateException("cannot " + what + ": object " + name + " is not loaded");
        }
    }

    void own(BpfLink link) {
        links.add(link);
    }

    void disown(BpfLink link) {
        links.remove(link);
    }

    /** @return the links that are open, in the order they were made */
    public List<BpfLink> links() {
        synchronized (links) {
            return List.copyOf(links);
        }
    }

    /** Detaches in reverse order (those that the kernel is slow to detach at once and first), then unloads. */
    @Override
    public void close() {
        closeLinks();
        state.close(() -> {
            // a link made while this began to wait
            closeLinks();
            LibBpf.get().call("bpf_object__close", pointer);
            closeTypes(types.getAndSet(-1));
        });
    }

    private void closeLinks() {
        List<BpfLink> open = new ArrayList<>(links());
        Collections.reverse(open);
        BpfLink.closeAll(open.stream().filter(BpfLink::slow).toList());
        open.forEach(BpfLink::close);
    }
}
