// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf;

import io.tetragon.bpf.btf.Btf;
import io.tetragon.bpf.btf.BtfFormatException;
import io.tetragon.bpf.btf.BtfType;
import io.tetragon.bpf.internal.LibBpf;
import io.tetragon.bpf.internal.Scratch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The {@code const volatile} globals of an object, in libbpf's copy of {@code .rodata}. Offsets come from the object's
 * type information as libbpf holds it: clang leaves them zero in the file, for the linker to fill in.
 */
final class ObjectConstants {
    private static final String SECTION = ".rodata";

    private final String object;
    private final Map<String, Constant> constants = new HashMap<>();
    private long address;
    private long size;

    private record Constant(int offset, int size) {
    }

    ObjectConstants(String object, long pointer, Collection<BpfObjectMap> maps) {
        this.object = object;
        for (BpfObjectMap map : maps) {
            if (map.name().endsWith(SECTION)) {
                locate(pointer, map.pointer());
                return;
            }
        }
    }

    private void locate(long objectPointer, long mapPointer) {
        LibBpf bpf = LibBpf.get();
        long types = bpf.call("bpf_object__btf", objectPointer);
        try (Scratch scratch = new Scratch()) {
            long length = scratch.zeroed(8);
            address = bpf.call("bpf_map__initial_value", mapPointer, length);
            size = Scratch.MEMORY.getLong(length);
            long raw = types == 0 ? 0 : bpf.call("btf__raw_data", types, length);
            if (address == 0 || raw == 0) {
                return;
            }
            index(Btf.parse(Scratch.read(raw, Scratch.MEMORY.getInt(length))));
        } catch (BtfFormatException e) {
            throw new BpfException("open BPF object " + object, 0, String.valueOf(e.getMessage()), "");
        }
    }

    private void index(Btf btf) {
        btf.find(SECTION, BtfType.DataSection.class).ifPresent(id -> {
            for (BtfType.Placement placement : ((BtfType.DataSection) btf.type(id)).variables()) {
                if ((long) placement.offset() + placement.size() <= size) {
                    constants.put(btf.type(placement.variable()).name(),
                            new Constant(placement.offset(), placement.size()));
                }
            }
        });
    }

    boolean has(String variable) {
        return constants.containsKey(variable);
    }

    void set(String variable, long value) {
        Constant constant = find("set", variable);
        int bits = 8 * constant.size;
        boolean integer = bits == 8 || bits == 16 || bits == 32 || bits == 64;
        boolean fits = bits == 64 || integer && value >= -(1L << bits - 1) && value < 1L << bits;
        if (!fits) {
            throw new BpfException("set constant " + variable, 0,
                    value + " does not fit into its " + constant.size + " bytes", "");
        }
        byte[] bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
        Scratch.MEMORY.putByteArray(address + constant.offset, bytes, 0, constant.size);
    }

    void set(String variable, byte[] value) {
        Constant constant = find("set", variable);
        if (value.length != constant.size) {
            throw new BpfException("set constant " + variable, 0,
                    "it has " + constant.size + " bytes, not " + value.length, "");
        }
        Scratch.MEMORY.putByteArray(address + constant.offset, value, 0, value.length);
    }

    byte[] read(String variable) {
        Constant constant = find("read", variable);
        return Scratch.read(address + constant.offset, constant.size);
    }

    int readInt(String variable) {
        byte[] bytes = read(variable);
        return switch (bytes.length) {
            case 1 -> bytes[0] & 0xff;
            case 2 -> bytes[0] & 0xff | (bytes[1] & 0xff) << 8;
            case 4 -> ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
            default -> throw new BpfException("read constant " + variable, 0,
                    "its " + bytes.length + " bytes are no int", "");
        };
    }

    private Constant find(String what, String variable) {
        Constant constant = constants.get(variable);
        if (constant == null) {
            throw new BpfException(what + " constant " + variable, 0, "object " + object + " has only "
                    + constants.keySet(), "declare it const volatile, and use it in a program");
        }
        return constant;
    }
}
