// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.bpf.btf.BtfType;
import io.tetragon.policy.model.ArgumentType;
import org.jspecify.annotations.Nullable;

/** Whether a type that a policy names fits what the kernel says is there. */
final class TypeChecks {
    private TypeChecks() {}

    /**
     * Says what does not fit.
     *
     * @param found of the value; of a member that {@code resolve} names the member's own
     * @return null when it fits
     */
    static @Nullable String misfit(ArgumentType type, TypeRef found) {
        return fits(type, found) ? null
                : "type " + type.words().get(0) + " does not fit " + found.spell();
    }

    private static boolean fits(ArgumentType type, TypeRef found) {
        BtfType plain = found.plain();
        if (type == ArgumentType.NOP) {
            return true;
        }
        if (Kinds.number(type)) {
            return fitsNumber(Kinds.width(type), found, plain);
        }
        BtfType target = plain instanceof BtfType.Pointer pointer ? found.types().plain(pointer.target())
                : plain instanceof BtfType.Array array ? found.types().plain(array.element()) : plain;
        if (target instanceof BtfType.Void) {
            return true;
        }
        return switch (type) {
            case STRING, CHAR_BUF, DATA_LOC, CONST_BUF -> plain != target;
            case KERNEL_CAP_T, CAP_EFFECTIVE, CAP_INHERITABLE, CAP_PERMITTED -> target instanceof BtfType.Struct;
            case SOCK -> named(target, "sock");
            case SOCKADDR -> named(target, "sockaddr");
            default -> {
                String structure = TypeReading.structure(type);
                yield structure == null || target.name().equals(structure);
            }
        };
    }

    private static boolean fitsNumber(int width, TypeRef found, BtfType plain) {
        if (plain instanceof BtfType.Pointer) {
            return width == Long.BYTES;
        }
        int size = size(found);
        return size > 0 && size <= width;
    }

    /** Families of structures that begin alike, such as tcp_sock and sockaddr_in. */
    private static boolean named(BtfType target, String part) {
        return target.name().contains(part);
    }

    /** Bytes of an integer, or of a wrapper of one; 0 for everything else. */
    static int size(TypeRef found) {
        ArgumentType type = TypeReading.of(found.types(), found.id());
        return type == null ? 0 : type.bits() / Byte.SIZE;
    }
}
