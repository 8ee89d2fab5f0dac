// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.internal;

import io.tetragon.bpf.btf.Btf;
import io.tetragon.bpf.btf.BtfFormatException;
import io.tetragon.bpf.btf.BtfType;

/**
 * The kernel's type information. Single names are looked up by libbpf, in its native copy; only a question about a
 * structure's members has Java walk through it, once for each question, since nobody asks on the way of a start.
 */
public final class KernelTypes implements AutoCloseable {
    private static final int TYPEDEF = 8;
    private static final int FUNCTION = 12;
    private static final int MAX_DEPTH = 8;

    private final OpenState state = new OpenState("kernel type information");
    private final long pointer;

    private KernelTypes(long pointer) {
        this.pointer = pointer;
    }

    /** @throws io.tetragon.bpf.BpfException when the kernel has none */
    public static KernelTypes load() {
        return new KernelTypes(LibBpf.get().checkPointer("read the kernel's type information (BTF)",
                "btf__load_vmlinux_btf"));
    }

    /** @return the id of a function, 0 when there is none */
    public int function(String name) {
        return find(name, FUNCTION);
    }

    /** @return the id of a typedef, 0 when there is none */
    public int typedef(String name) {
        return find(name, TYPEDEF);
    }

    private int find(String name, int kind) {
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            return Math.max(0, (int) LibBpf.get().call("btf__find_by_name_kind", pointer, scratch.string(name), kind));
        } finally {
            state.leave(stamp);
        }
    }

    /**
     * Whether a structure has members by these names, each within the type of the one before, at any depth of
     * unnamed structures and unions.
     */
    public boolean hasMember(String structure, String... path) {
        long stamp = state.enter();
        try (Scratch scratch = new Scratch()) {
            long length = scratch.zeroed(4);
            long raw = LibBpf.get().call("btf__raw_data", pointer, length);
            Btf btf = Btf.parse(Scratch.MEMORY.newDirectByteBuffer(raw, Scratch.MEMORY.getInt(length)), null);
            return btf.find(structure, BtfType.Struct.class).stream().anyMatch(id -> contains(btf, id, path, 0, 0));
        } catch (BtfFormatException e) {
            return false;
        } finally {
            state.leave(stamp);
        }
    }

    private static boolean contains(Btf btf, int id, String[] path, int index, int depth) {
        if (index == path.length) {
            return true;
        }
        if (depth > MAX_DEPTH || !(btf.type(btf.resolve(id)) instanceof BtfType.Struct struct)) {
            return false;
        }
        return struct.members().stream().anyMatch(member -> member.name().equals(path[index])
                ? contains(btf, member.type(), path, index + 1, depth + 1)
                : member.name().isEmpty() && contains(btf, member.type(), path, index, depth + 1));
    }

    @Override
    public void close() {
        state.close(() -> LibBpf.get().call("btf__free", pointer));
    }
}
