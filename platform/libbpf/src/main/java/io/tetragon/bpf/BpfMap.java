// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.Errors;
import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.NativeFunction;
import io.tetragon.bpf.internal.OpenState;
import io.tetragon.bpf.internal.Scratch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A BPF map of the kernel. Keys and values are bytes in the machine's order (little-endian). Safe for concurrent use;
 * after its owner has closed it every call throws {@link IllegalStateException}.
 *
 * <p>The value of a per-CPU map holds one value for each possible CPU, each padded to eight bytes.
 */
public abstract sealed class BpfMap permits BpfObjectMap, StandaloneMap {
    /** Create or replace. */
    public static final long ANY = 0;
    /** Create, fail with EEXIST when the key is there. */
    public static final long NO_EXIST = 1;
    /** Replace, fail with ENOENT when the key is not there. */
    public static final long EXIST = 2;

    private final OpenState state;

    BpfMap(OpenState state) {
        this.state = state;
    }

    /**
     * Creates a map that belongs to no object.
     *
     * @throws BpfException when the kernel refuses
     */
    public static StandaloneMap create(MapSpec spec) {
        return StandaloneMap.created(spec, Optional.empty());
    }

    /**
     * Creates a map of maps.
     *
     * @param inner a map like those that will be its values
     */
    public static StandaloneMap create(MapSpec spec, BpfMap inner) {
        return StandaloneMap.created(spec, Optional.of(inner));
    }

    /**
     * Opens a pinned map.
     *
     * @throws BpfException when there is none at the path
     */
    public static StandaloneMap openPinned(Path path) {
        return StandaloneMap.pinned(path);
    }

    /**
     * Opens a map by its number, which is what reading a map of maps yields.
     *
     * @throws BpfException when there is none, or this user may not
     */
    public static StandaloneMap openById(int id) {
        return StandaloneMap.byId(id);
    }

    /** @return the number of CPUs the machine may have, which is the number of values of a per-CPU map */
    public static int possibleCpus() {
        return LibBpf.get().check("count possible CPUs", "libbpf_num_possible_cpus");
    }

    /** @return the map's name */
    public abstract String name();

    /** @return the file descriptor; valid only while the map is open, and not the caller's to close */
    public abstract int fd();

    /** @return what kind of map it is */
    public abstract MapType type();

    /** @return bytes of a key */
    public abstract int keySize();

    /** @return bytes of a value, of one CPU's value for per-CPU maps */
    public abstract int valueSize();

    final OpenState state() {
        return state;
    }

    /** @return bytes a value takes in {@link #lookup} and {@link #update}: that of all CPUs for per-CPU maps */
    public final int wholeValueSize() {
        return switch (type()) {
            case PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH -> (valueSize() + 7 & ~7) * possibleCpus();
            case ARRAY_OF_MAPS, HASH_OF_MAPS -> 4;
            default -> valueSize();
        };
    }

    /** @return the key's value, empty when the map does not have the key */
    public final Optional<byte[]> lookup(byte[] key) {
        return read("look up a key in", "bpf_map_lookup_elem", key);
    }

    /** Takes a key out. @return the value it had, empty when the map does not have the key */
    public final Optional<byte[]> lookupAndDelete(byte[] key) {
        return read("take a key out of", "bpf_map_lookup_and_delete_elem", key);
    }

    private Optional<byte[]> read(String what, String function, byte[] key) {
        checkSize("key", key, keySize());
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            int size = wholeValueSize();
            long value = scratch.zeroed(size);
            int result = (int) LibBpf.get().call(function, fd(), scratch.bytes(key), value);
            if (result == -Errors.ENOENT) {
                return Optional.empty();
            }
            checkResult(what, result);
            return Optional.of(Scratch.read(value, size));
        } finally {
            state.leave(stamp);
        }
    }

    /**
     * Sets a value.
     *
     * @param flags {@link #ANY}, {@link #NO_EXIST} or {@link #EXIST}
     * @throws BpfException when the map is full (E2BIG), or the flags do not allow it
     */
    public final void update(byte[] key, byte[] value, long flags) {
        checkSize("key", key, keySize());
        checkSize("value", value, wholeValueSize());
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            checkResult("update", (int) LibBpf.get().call("bpf_map_update_elem", fd(), scratch.bytes(key),
                    scratch.bytes(value), flags));
        } finally {
            state.leave(stamp);
        }
    }

    /** Sets a value of a map of maps. */
    public final void update(byte[] key, BpfMap inner, long flags) {
        long stamp = inner.state.enter();
        try {
            int number = inner.fd();
            update(key, new byte[] {(byte) number, (byte) (number >> 8), (byte) (number >> 16),
                (byte) (number >> 24)}, flags);
        } finally {
            inner.state.leave(stamp);
        }
    }

    /** @return whether the key was there */
    public final boolean delete(byte[] key) {
        checkSize("key", key, keySize());
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            int result = (int) LibBpf.get().call("bpf_map_delete_elem", fd(), scratch.bytes(key));
            if (result == -Errors.ENOENT) {
                return false;
            }
            checkResult("delete a key from", result);
            return true;
        } finally {
            state.leave(stamp);
        }
    }

    /**
     * The key after another, in the kernel's order.
     *
     * @param key an empty array for the first; when it is no longer in the map, the walk begins anew
     * @return empty at the end
     */
    public final Optional<byte[]> nextKey(byte[] key) {
        if (key.length != 0) {
            checkSize("key", key, keySize());
        }
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            long next = scratch.zeroed(keySize());
            int result = (int) LibBpf.get().call("bpf_map_get_next_key", fd(),
                    key.length == 0 ? 0 : scratch.bytes(key), next);
            if (result == -Errors.ENOENT) {
                return Optional.empty();
            }
            checkResult("walk", result);
            return Optional.of(Scratch.read(next, keySize()));
        } finally {
            state.leave(stamp);
        }
    }

    /**
     * Visits every entry, in chunks with one system call each where the kernel can. Entries that come or go meanwhile
     * may or may not be seen; with a walk key by key (kinds of map without batches) some may be seen twice.
     */
    public final void forEach(EntryConsumer consumer) {
        new MapWalk(this).run(consumer);
    }

    /** Sets many values, with few system calls where the kernel can; not atomic. */
    public final void updateAll(List<Entry> entries) {
        if (!MapWalk.updateBatch(this, entries)) {
            for (Entry entry : entries) {
                update(entry.key(), entry.value(), ANY);
            }
        }
    }

    /** Forbids user space, us included, to change the map from now on. */
    public final void freeze() {
        long stamp = state.enter();
        try {
            checkResult("freeze", (int) LibBpf.get().call("bpf_map_freeze", fd()));
        } finally {
            state.leave(stamp);
        }
    }

    /**
     * Makes the map reachable under a path of a BPF file system, where it outlives this process.
     *
     * @throws BpfException when the folder is missing or not on a BPF file system, or the path is taken
     */
    public final void pin(Path path) {
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            LibBpf.get().check("pin map " + name() + " at " + path, "bpf_obj_pin", fd(),
                    scratch.string(path.toString()));
        } finally {
            state.leave(stamp);
        }
    }

    /** @return what the kernel says of the map */
    public final MapInfo info() {
        long stamp = state.enter();
        try {
            return KernelInfo.map(fd(), name());
        } finally {
            state.leave(stamp);
        }
    }

    /** @return bytes of kernel memory the map takes, as the kernel estimates it; 0 when it does not tell */
    public final long memoryBytes() {
        long stamp = state.enter();
        try {
            return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd())).stream()
                    .filter(line -> line.startsWith("memlock:"))
                    .mapToLong(line -> Long.parseLong(line.substring("memlock:".length()).strip()))
                    .findFirst().orElse(0);
        } catch (IOException e) {
            throw new BpfException("read the memory use of map " + name(), 0, String.valueOf(e.getMessage()), "");
        } finally {
            state.leave(stamp);
        }
    }

    /**
     * Maps an array map that was created with {@link MapSpec#MMAPABLE} into memory.
     *
     * @return owned by the caller
     */
    public final BpfMapping mmap() {
        MapInfo info = info();
        long stamp = state.enter();
        try {
            return new BpfMapping(fd(), (info.valueSize() + 7L & ~7L) * info.maxEntries(), name());
        } finally {
            state.leave(stamp);
        }
    }

    final void checkSize(String what, byte[] bytes, int size) {
        if (bytes.length != size) {
            throw new IllegalArgumentException("a " + what + " of map " + name() + " has " + size + " bytes, not "
                    + bytes.length);
        }
    }

    final void checkResult(String what, int result) {
        if (result < 0) {
            throw Errors.of(what + " map " + name(), result == -1 ? NativeFunction.errno() : -result);
        }
    }

    /** An entry of a map. */
    public record Entry(byte[] key, byte[] value) {
    }

    /** Takes entries; the arrays are its own. */
    @FunctionalInterface
    public interface EntryConsumer {
        /** Takes one entry. */
        void accept(byte[] key, byte[] value);
    }
}
