// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.hooks.event.ArgumentDescription;
import io.tetragon.hooks.internal.abi.ArgBpfMap;
import io.tetragon.hooks.internal.abi.ArgBpfProgram;
import io.tetragon.hooks.internal.abi.ArgBytes;
import io.tetragon.hooks.internal.abi.ArgModule;
import io.tetragon.hooks.internal.abi.ArgPath;
import io.tetragon.hooks.internal.abi.ArgPerfEvent;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.policy.model.ArgumentType;
import io.tetragon.proto.TaintedBitsType;
import org.jspecify.annotations.Nullable;

/**
 * Writes the contents of a {@code KprobeArgument}. The kind that travelled decides which structure is read, so that a
 * record of another type than the description's is still harmless; the type decides among the fields for integers and
 * capability sets.
 */
final class ArgumentWriter {
    private static final int LABEL = 18;
    private static final long SYSCALL_COMPAT = 0x8000_0000L;

    private ArgumentWriter() {}

    /** Writes an argument that is not in any record. */
    static void missing(MessageWriter out, ArgumentDescription d, String why) {
        error(out, why);
        out.string(LABEL, "label", d.label());
    }

    /**
     * Writes an argument.
     *
     * @param area checked arguments of a record
     * @param at where this one begins
     * @param data its bytes that travelled before, null for none
     */
    static void write(MessageWriter out, ArgumentDescription d, byte[] area, int at, byte @Nullable [] data) {
        int status = ArgumentArea.status(area, at);
        if (status != 0) {
            error(out, ArgumentError.text(status, ArgumentArea.step(area, at)));
        } else {
            value(out, d.type(), area, at, data);
        }
        out.string(LABEL, "label", d.label());
    }

    private static void value(MessageWriter out, ArgumentType type, byte[] area, int at, byte @Nullable [] data) {
        int fixed = ArgumentArea.fixed(area, at);
        int text = ArgumentArea.text(area, at);
        int size = ArgumentArea.textSize(area, at);
        switch (ArgumentArea.kind(area, at)) {
            case HookKind.KIND_INTEGER -> integer(out, type, ArgumentArea.getLong(area, fixed));
            case HookKind.KIND_SYSCALL -> syscall(out, ArgumentArea.getLong(area, fixed));
            case HookKind.KIND_CAPABILITIES -> capabilities(out, type, ArgumentArea.getLong(area, fixed));
            case HookKind.KIND_STRING, HookKind.KIND_DATA_LOC, HookKind.KIND_FILENAME ->
                out.textMember(1, "string_arg", area, text, textLength(area, text, size));
            case HookKind.KIND_CHAR_BUF, HookKind.KIND_CHAR_IOVEC, HookKind.KIND_IOV_ITER, HookKind.KIND_CONST_BUF ->
                bytes(out, area, fixed, text, size, data);
            case HookKind.KIND_NET_DEVICE -> {
                int mark = out.begin(27, "net_dev_arg");
                out.text(1, "name", area, text, textLength(area, text, size));
                out.end(mark);
            }
            case HookKind.KIND_FILE, HookKind.KIND_FD, HookKind.KIND_KIOCB ->
                path(out, out.begin(7, "file_arg"), 2, area, fixed, text, size);
            case HookKind.KIND_PATH, HookKind.KIND_DENTRY ->
                path(out, out.begin(6, "path_arg"), 2, area, fixed, text, size);
            case HookKind.KIND_LINUX_BINPRM ->
                path(out, out.begin(26, "linux_binprm_arg"), 1, area, fixed, text, size);
            case HookKind.KIND_SOCK, HookKind.KIND_SOCKET -> SocketWriter.sock(out, area, fixed);
            case HookKind.KIND_SKB -> SocketWriter.skb(out, area, fixed);
            case HookKind.KIND_SOCKADDR -> SocketWriter.sockaddr(out, area, fixed);
            case HookKind.KIND_SOCKADDR_UN -> SocketWriter.sockaddrUn(out, area, fixed, text, size);
            case HookKind.KIND_CRED -> CredentialsWriter.credentials(out, area, fixed);
            case HookKind.KIND_USER_NAMESPACE -> CredentialsWriter.userNamespace(out, area, fixed);
            case HookKind.KIND_BPF_ATTR -> bpfProgram(out, out.begin(12, "bpf_attr_arg"), area, fixed);
            case HookKind.KIND_BPF_PROG -> bpfProgram(out, out.begin(31, "bpf_prog_arg"), area, fixed);
            case HookKind.KIND_BPF_MAP -> bpfMap(out, area, fixed);
            case HookKind.KIND_PERF_EVENT -> perfEvent(out, area, fixed, text, size);
            case HookKind.KIND_MODULE -> module(out, area, fixed, text, size, false);
            case HookKind.KIND_LOAD_INFO -> module(out, area, fixed, text, size, true);
            default -> error(out, ArgumentError.MISSING);
        }
    }

    private static void error(MessageWriter out, String message) {
        int mark = out.begin(32, "error_arg");
        out.string(1, "Message", message);
        out.end(mark);
    }

    private static void integer(MessageWriter out, ArgumentType type, long value) {
        switch (type) {
            case INT32, INT16, INT8 -> out.int32Member(2, "int_arg", (int) value);
            case UINT32, UINT16, UINT8 -> out.uint32Member(15, "uint_arg", (int) value);
            case INT64 -> out.int64Member(11, "long_arg", value);
            case SYSCALL64 -> syscall(out, value);
            case BPF_CMD -> out.enumMember(28, "bpf_cmd_arg", (int) value, KernelNames.bpfCommand((int) value));
            case CAPABILITY -> {
                int mark = out.begin(17, "capability_arg");
                out.int32Value(1, "value", (int) value);
                out.string(2, "name", KernelNames.capability((int) value));
                out.end(mark);
            }
            case KERNEL_CAP_T, CAP_INHERITABLE, CAP_PERMITTED, CAP_EFFECTIVE -> capabilities(out, type, value);
            default -> out.uint64Member(4, "size_arg", value);
        }
    }

    private static void syscall(MessageWriter out, long value) {
        int mark = out.begin(29, "syscall_id");
        out.uint32(1, "id", (int) (value & ~SYSCALL_COMPAT));
        out.string(2, "abi", KernelNames.abi((value & SYSCALL_COMPAT) != 0));
        out.end(mark);
    }

    private static void capabilities(MessageWriter out, ArgumentType type, long bits) {
        byte[] digits = new byte[16];
        for (int i = 0; i < digits.length; i++) {
            digits[i] = (byte) Character.forDigit((int) (bits >>> 60 - 4 * i) & 0xF, 16);
        }
        switch (type) {
            case CAP_INHERITABLE -> out.textMember(23, "cap_inheritable_arg", digits, 0, digits.length);
            case CAP_PERMITTED -> out.textMember(24, "cap_permitted_arg", digits, 0, digits.length);
            case CAP_EFFECTIVE -> out.textMember(25, "cap_effective_arg", digits, 0, digits.length);
            default -> out.textMember(22, "kernel_cap_t_arg", digits, 0, digits.length);
        }
    }

    private static void bytes(MessageWriter out, byte[] area, int fixed, int text, int size, byte @Nullable [] data) {
        long original = ArgumentArea.getLong(area, fixed + ArgBytes.ORIGINAL);
        byte[] from = data == null ? area : data;
        int offset = data == null ? text : 0;
        int count = data == null ? size : data.length;
        if (Long.compareUnsigned(count, original) >= 0) {
            out.bytesMember(5, "bytes_arg", from, offset, count);
            return;
        }
        int mark = out.begin(8, "truncated_bytes_arg");
        if (count != 0) {
            out.bytesMember(1, "bytes_arg", from, offset, count);
        }
        out.uint64(2, "orig_size", original);
        out.end(mark);
    }

    /** @param first field of the path; flags and permission follow it */
    private static void path(MessageWriter out, int mark, int first, byte[] area, int fixed, int text, int size) {
        out.text(first, "path", area, text, textLength(area, text, size));
        if (area[fixed + ArgPath.INCOMPLETE] != 0) {
            out.string(first + 1, "flags", "unresolvedPathComponents");
        }
        out.string(first + 2, "permission", FileMode.text(ArgumentArea.getShort(area, fixed + ArgPath.MODE) & 0xFFFF));
        out.end(mark);
    }

    private static void bpfProgram(MessageWriter out, int mark, byte[] area, int fixed) {
        out.string(1, "ProgType", KernelNames.programType(ArgumentArea.getInt(area, fixed + ArgBpfProgram.TYPE)));
        out.uint32(2, "InsnCnt", ArgumentArea.getInt(area, fixed + ArgBpfProgram.INSTRUCTIONS));
        int name = fixed + ArgBpfProgram.NAME;
        out.text(3, "ProgName", area, name, nameLength(area, name, ArgBpfProgram.SIZE - ArgBpfProgram.NAME));
        out.end(mark);
    }

    private static void bpfMap(MessageWriter out, byte[] area, int fixed) {
        int mark = out.begin(14, "bpf_map_arg");
        out.string(1, "MapType", KernelNames.mapType(ArgumentArea.getInt(area, fixed + ArgBpfMap.TYPE)));
        out.uint32(2, "KeySize", ArgumentArea.getInt(area, fixed + ArgBpfMap.KEY_SIZE));
        out.uint32(3, "ValueSize", ArgumentArea.getInt(area, fixed + ArgBpfMap.VALUE_SIZE));
        out.uint32(4, "MaxEntries", ArgumentArea.getInt(area, fixed + ArgBpfMap.MAX_ENTRIES));
        int name = fixed + ArgBpfMap.NAME;
        out.text(5, "MapName", area, name, nameLength(area, name, ArgBpfMap.SIZE - ArgBpfMap.NAME));
        out.end(mark);
    }

    private static void perfEvent(MessageWriter out, byte[] area, int fixed, int text, int size) {
        int mark = out.begin(13, "perf_event_arg");
        out.text(1, "KprobeFunc", area, text, textLength(area, text, size));
        out.string(2, "Type", KernelNames.perfType(ArgumentArea.getInt(area, fixed + ArgPerfEvent.TYPE)));
        out.uint64(3, "Config", ArgumentArea.getLong(area, fixed + ArgPerfEvent.CONFIG));
        out.uint64(4, "ProbeOffset", ArgumentArea.getLong(area, fixed + ArgPerfEvent.PROBE_OFFSET));
        out.end(mark);
    }

    private static void module(MessageWriter out, byte[] area, int fixed, int text, int size, boolean signature) {
        int mark = out.begin(21, "module_arg");
        out.text(1, "name", area, text, textLength(area, text, size));
        if (signature) {
            out.boolValue(2, "signature_ok", ArgumentArea.getInt(area, fixed + ArgModule.SIGNATURE_OK) != 0);
        }
        long taints = ArgumentArea.getLong(area, fixed + ArgModule.TAINTS);
        if (taints != 0) {
            int list = -1;
            for (TaintedBitsType taint : KernelNames.TAINTS) {
                if (taint != TaintedBitsType.UNRECOGNIZED && (taints & taint.getNumber()) != 0) {
                    list = list < 0 ? out.beginEnums(3, "tainted") : list;
                    out.enumElement(taint.getNumber(), taint.name());
                }
            }
            if (list >= 0) {
                out.endEnums(list);
            }
        }
        out.end(mark);
    }

    /** Texts travel without the NUL that ends them, those of tracepoints' records with it. */
    private static int textLength(byte[] area, int from, int size) {
        int length = size;
        while (length > 0 && area[from + length - 1] == 0) {
            length--;
        }
        return length;
    }

    private static int nameLength(byte[] area, int from, int size) {
        int length = 0;
        while (length < size && area[from + length] != 0) {
            length++;
        }
        return length;
    }
}
