// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.OpenState;
import org.jspecify.annotations.Nullable;

/**
 * A map that an object declares. It can be changed until the object is loaded; then it is a {@link BpfMap} that lives
 * as long as the object.
 */
public final class BpfObjectMap extends BpfMap {
    private final BpfObject object;
    private final long pointer;
    private final String name;
    private volatile @Nullable Loaded loaded;

    BpfObjectMap(BpfObject object, OpenState state, long pointer, String name) {
        super(state);
        this.object = object;
        this.pointer = pointer;
        this.name = name;
    }

    long pointer() {
        return pointer;
    }

    @Override
    public String name() {
        return name;
    }

    /**
     * Sets the number of entries; bytes for a ring buffer, which libbpf rounds up to a power of two of pages.
     *
     * @return this map
     */
    public BpfObjectMap setMaxEntries(int entries) {
        return set("set the size of", "bpf_map__set_max_entries", entries);
    }

    /** Sets the size of a value in bytes. @return this map */
    public BpfObjectMap setValueSize(int bytes) {
        return set("set the value size of", "bpf_map__set_value_size", bytes);
    }

    /** Sets {@code BPF_F_*} flags. @return this map */
    public BpfObjectMap setFlags(int flags) {
        return set("set the flags of", "bpf_map__set_map_flags", flags);
    }

    /** Leaves the map out; programs that use it must be left out too. @return this map */
    public BpfObjectMap setAutocreate(boolean create) {
        return set("set the creation of", "bpf_map__set_autocreate", create ? 1 : 0);
    }

    /** Sets what the inner maps of a map of maps look like. @return this map */
    public BpfObjectMap setInnerMap(BpfMap inner) {
        return set("set the inner map of", "bpf_map__set_inner_map_fd", inner.fd());
    }

    /**
     * Uses an existing map instead of creating one; type, flags and number of entries become those of the shared map.
     *
     * @return this map
     * @throws BpfException when keys or values have other sizes than the object was compiled for
     */
    public BpfObjectMap reuse(BpfMap shared) {
        if (keySize() != shared.keySize() || valueSize() != shared.valueSize()) {
            throw new BpfException("share map " + name, 0, "the object's has keys of " + keySize() + " and values of "
                    + valueSize() + " bytes, the shared one of " + shared.keySize() + " and " + shared.valueSize(),
                    "compile the object with the headers of this version of the agent");
        }
        long stamp = shared.state().enter();
        try {
            return set("share", "bpf_map__reuse_fd", shared.fd());
        } finally {
            shared.state().leave(stamp);
        }
    }

    private BpfObjectMap set(String what, String function, long value) {
        object.requireUnloaded(what + " map " + name);
        long stamp = state().enter();
        try {
            LibBpf.get().check(what + " map " + name, function, pointer, value);
            return this;
        } finally {
            state().leave(stamp);
        }
    }

    /** Keeps what does not change any more, so that later reads need neither libbpf nor a lock. */
    void keepProperties() {
        loaded = new Loaded((int) call("bpf_map__fd"), type(), keySize(), valueSize());
    }

    @Override
    public int fd() {
        Loaded now = loaded;
        if (now == null || now.fd < 0) {
            throw new IllegalStateException("map " + name + " does not exist: its object is not loaded, or was told"
                    + " to leave it out");
        }
        return now.fd;
    }

    @Override
    public MapType type() {
        Loaded now = loaded;
        return now == null ? MapType.of((int) call("bpf_map__type")) : now.type;
    }

    @Override
    public int keySize() {
        Loaded now = loaded;
        return now == null ? (int) call("bpf_map__key_size") : now.keySize;
    }

    @Override
    public int valueSize() {
        Loaded now = loaded;
        return now == null ? (int) call("bpf_map__value_size") : now.valueSize;
    }

    private long call(String function) {
        if (state().isClosed()) {
            throw new IllegalStateException("map " + name + " is closed");
        }
        return LibBpf.get().call(function, pointer);
    }

    private record Loaded(int fd, MapType type, int keySize, int valueSize) {
    }
}
