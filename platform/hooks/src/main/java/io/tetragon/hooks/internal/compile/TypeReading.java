// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.bpf.btf.BtfType;
import io.tetragon.policy.model.ArgumentType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which argument type a type of the kernel is read as. */
final class TypeReading {
    private static final Map<String, ArgumentType> STRUCTURES = Map.ofEntries(
            Map.entry("file", ArgumentType.FILE), Map.entry("path", ArgumentType.PATH),
            Map.entry("dentry", ArgumentType.DENTRY), Map.entry("kiocb", ArgumentType.KIOCB),
            Map.entry("linux_binprm", ArgumentType.LINUX_BINPRM), Map.entry("sk_buff", ArgumentType.SKB),
            Map.entry("sock", ArgumentType.SOCK), Map.entry("socket", ArgumentType.SOCKET),
            Map.entry("sockaddr", ArgumentType.SOCKADDR), Map.entry("sockaddr_unsized", ArgumentType.SOCKADDR),
            Map.entry("sockaddr_un", ArgumentType.SOCKADDR_UN),
            Map.entry("cred", ArgumentType.CRED), Map.entry("user_namespace", ArgumentType.USER_NAMESPACE),
            Map.entry("iov_iter", ArgumentType.IOV_ITER), Map.entry("iovec", ArgumentType.CHAR_IOVEC),
            Map.entry("bpf_attr", ArgumentType.BPF_ATTR), Map.entry("bpf_map", ArgumentType.BPF_MAP),
            Map.entry("bpf_prog", ArgumentType.BPF_PROG), Map.entry("perf_event", ArgumentType.PERF_EVENT),
            Map.entry("load_info", ArgumentType.LOAD_INFO), Map.entry("module", ArgumentType.MODULE),
            Map.entry("net_device", ArgumentType.NET_DEVICE), Map.entry("filename", ArgumentType.FILENAME));

    private static final String CAPABILITIES = "kernel_cap_t";
    private static final String CAPABILITIES_STRUCT = "kernel_cap_struct";

    private TypeReading() {}

    /** Returns the type that reads a structure by its name, or null when none does. */
    static @Nullable ArgumentType ofStructure(String name) {
        return STRUCTURES.get(name);
    }

    /** Returns the structure that a type reads, or null when it reads none or several. */
    static @Nullable String structure(ArgumentType type) {
        return STRUCTURES.entrySet().stream().filter(entry -> entry.getValue() == type).map(Map.Entry::getKey)
                .findFirst().orElse(null);
    }

    /** Returns the type that reads a value, or what lies at an address; null when it cannot be told. */
    static @Nullable ArgumentType of(TypeTable types, int id) {
        BtfType type = types.plain(id);
        if (type instanceof BtfType.Int number) {
            return integer(number.size(), number.signed() && !number.bool());
        }
        if (type instanceof BtfType.Enum number) {
            return integer(number.size(), number.signed());
        }
        if (type instanceof BtfType.Array array) {
            return character(types, array.element()) ? ArgumentType.STRING : null;
        }
        if (type instanceof BtfType.Struct struct) {
            return ofStruct(types, id, struct);
        }
        if (!(type instanceof BtfType.Pointer pointer)) {
            return null;
        }
        BtfType target = types.plain(pointer.target());
        if (target instanceof BtfType.Forward declared) {
            return ofStructure(declared.name());
        }
        if (target instanceof BtfType.Struct struct) {
            ArgumentType known = ofStructure(struct.name());
            return known == null && capabilities(types, pointer.target(), struct) ? ArgumentType.KERNEL_CAP_T : known;
        }
        return character(types, pointer.target()) ? ArgumentType.STRING : null;
    }

    /** Returns the integer of a size in bytes, or null when there is none. */
    static @Nullable ArgumentType integer(int size, boolean signed) {
        return switch (size) {
            case 1 -> signed ? ArgumentType.INT8 : ArgumentType.UINT8;
            case 2 -> signed ? ArgumentType.INT16 : ArgumentType.UINT16;
            case 4 -> signed ? ArgumentType.INT32 : ArgumentType.UINT32;
            case 8 -> signed ? ArgumentType.INT64 : ArgumentType.UINT64;
            default -> null;
        };
    }

    /** Wrappers of one integer, such as kuid_t, are that integer. */
    private static @Nullable ArgumentType ofStruct(TypeTable types, int id, BtfType.Struct struct) {
        ArgumentType known = ofStructure(struct.name());
        if (known != null) {
            return known;
        }
        if (capabilities(types, id, struct)) {
            return ArgumentType.KERNEL_CAP_T;
        }
        if (struct.members().size() == 1 && struct.members().get(0).bits() == 0
                && types.plain(struct.members().get(0).type()) instanceof BtfType.Int number) {
            return integer(number.size(), number.signed() && !number.bool());
        }
        return null;
    }

    /** The structure has a name on older kernels only, on newer ones its typedef has. */
    private static boolean capabilities(TypeTable types, int id, BtfType.Struct struct) {
        if (struct.name().equals(CAPABILITIES_STRUCT)) {
            return true;
        }
        int at = id;
        for (int depth = 0; depth < 8; depth++) {
            BtfType type = types.btf().type(at);
            if (type instanceof BtfType.Typedef typedef) {
                if (typedef.name().equals(CAPABILITIES)) {
                    return true;
                }
                at = typedef.target();
            } else if (type instanceof BtfType.Qualifier qualifier) {
                at = qualifier.target();
            } else {
                return false;
            }
        }
        return false;
    }

    static boolean character(TypeTable types, int id) {
        return types.plain(id) instanceof BtfType.Int number && number.size() == 1 && number.name().equals("char");
    }
}
