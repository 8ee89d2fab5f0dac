// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.policy.model.ArgumentType;

/** How the programs read each type of argument. */
final class Kinds {
    private Kinds() {}

    static int of(ArgumentType type) {
        return switch (type) {
            case INT32, UINT32, INT8, UINT8, INT16, UINT16, INT64, UINT64, SIZE, BPF_CMD, CAPABILITY ->
                HookKind.KIND_INTEGER;
            case SYSCALL64 -> HookKind.KIND_SYSCALL;
            case STRING -> HookKind.KIND_STRING;
            case CHAR_BUF -> HookKind.KIND_CHAR_BUF;
            case CHAR_IOVEC -> HookKind.KIND_CHAR_IOVEC;
            case DATA_LOC -> HookKind.KIND_DATA_LOC;
            case NET_DEVICE -> HookKind.KIND_NET_DEVICE;
            case FILENAME -> HookKind.KIND_FILENAME;
            case FD -> HookKind.KIND_FD;
            case FILE -> HookKind.KIND_FILE;
            case PATH -> HookKind.KIND_PATH;
            case DENTRY -> HookKind.KIND_DENTRY;
            case KIOCB -> HookKind.KIND_KIOCB;
            case LINUX_BINPRM -> HookKind.KIND_LINUX_BINPRM;
            case SKB -> HookKind.KIND_SKB;
            case SOCK -> HookKind.KIND_SOCK;
            case SOCKET -> HookKind.KIND_SOCKET;
            case SOCKADDR -> HookKind.KIND_SOCKADDR;
            case SOCKADDR_UN -> HookKind.KIND_SOCKADDR_UN;
            case KERNEL_CAP_T, CAP_INHERITABLE, CAP_PERMITTED, CAP_EFFECTIVE -> HookKind.KIND_CAPABILITIES;
            case CRED -> HookKind.KIND_CRED;
            case USER_NAMESPACE -> HookKind.KIND_USER_NAMESPACE;
            case IOV_ITER -> HookKind.KIND_IOV_ITER;
            case CONST_BUF -> HookKind.KIND_CONST_BUF;
            case BPF_ATTR -> HookKind.KIND_BPF_ATTR;
            case BPF_MAP -> HookKind.KIND_BPF_MAP;
            case BPF_PROG -> HookKind.KIND_BPF_PROG;
            case PERF_EVENT -> HookKind.KIND_PERF_EVENT;
            case LOAD_INFO -> HookKind.KIND_LOAD_INFO;
            case MODULE -> HookKind.KIND_MODULE;
            case NOP -> HookKind.KIND_NOP;
            case AUTO -> throw new IllegalArgumentException("auto is no type to read");
        };
    }

    /** Whether its readers put a text into the scratch area. */
    static boolean text(int kind) {
        return switch (kind) {
            case HookKind.KIND_STRING, HookKind.KIND_CHAR_BUF, HookKind.KIND_CHAR_IOVEC, HookKind.KIND_IOV_ITER,
                    HookKind.KIND_DATA_LOC, HookKind.KIND_CONST_BUF, HookKind.KIND_NET_DEVICE,
                    HookKind.KIND_FILENAME, HookKind.KIND_FD, HookKind.KIND_FILE, HookKind.KIND_PATH,
                    HookKind.KIND_DENTRY, HookKind.KIND_KIOCB, HookKind.KIND_LINUX_BINPRM,
                    HookKind.KIND_SOCKADDR_UN, HookKind.KIND_PERF_EVENT, HookKind.KIND_LOAD_INFO,
                    HookKind.KIND_MODULE -> true;
            default -> false;
        };
    }

    /** Bytes of the number that a type's value is; 0 for those that begin with an address. */
    static int width(ArgumentType type) {
        return switch (type) {
            case FD, CAPABILITY -> Integer.BYTES;
            default -> type.bits() / Byte.SIZE;
        };
    }

    /** Whether the value itself is the number, rather than the address of something. */
    static boolean number(ArgumentType type) {
        return width(type) != 0;
    }

    static boolean signed(ArgumentType type) {
        return type.signed() || type == ArgumentType.FD || type == ArgumentType.CAPABILITY;
    }

    /** Whether a size is looked for in another parameter. */
    static boolean sized(ArgumentType type) {
        return type == ArgumentType.CHAR_BUF || type == ArgumentType.CHAR_IOVEC || type == ArgumentType.IOV_ITER
                || type == ArgumentType.SOCKADDR_UN;
    }
}
