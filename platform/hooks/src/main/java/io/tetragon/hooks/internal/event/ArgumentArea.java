// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.bpf.RingRecord;
import io.tetragon.hooks.internal.abi.ArgBpfMap;
import io.tetragon.hooks.internal.abi.ArgBpfProgram;
import io.tetragon.hooks.internal.abi.ArgBytes;
import io.tetragon.hooks.internal.abi.ArgCred;
import io.tetragon.hooks.internal.abi.ArgModule;
import io.tetragon.hooks.internal.abi.ArgNumber;
import io.tetragon.hooks.internal.abi.ArgPath;
import io.tetragon.hooks.internal.abi.ArgPerfEvent;
import io.tetragon.hooks.internal.abi.ArgSkb;
import io.tetragon.hooks.internal.abi.ArgSock;
import io.tetragon.hooks.internal.abi.ArgSockaddr;
import io.tetragon.hooks.internal.abi.ArgSockaddrUn;
import io.tetragon.hooks.internal.abi.ArgUserNamespace;
import io.tetragon.hooks.internal.abi.HookKind;
import io.tetragon.hooks.internal.abi.HookLimits;
import io.tetragon.hooks.internal.abi.MsgArgument;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The arguments of a record as they travelled: headers, structures and texts one behind the other. They are checked when
 * they are copied out of the ring, so that whoever writes them later finds every length true.
 */
final class ArgumentArea {
    static final byte[] NONE = {};

    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Bytes of each kind's structure. */
    private static final int[] FIXED = fixed();

    private ArgumentArea() {}

    /**
     * Copies the arguments of a record.
     *
     * @throws io.tetragon.bpf.MalformedRecordException if they are not what they say
     */
    static byte[] copy(RingRecord r, int from, int count) {
        if (count == 0) {
            return NONE;
        }
        int at = from;
        for (int i = 0; i < count; i++) {
            int kind = r.getByte(at + MsgArgument.KIND) & 0xFF;
            int fixed = r.getShort(at + MsgArgument.FIXED) & 0xFFFF;
            int text = r.getInt(at + MsgArgument.TEXT);
            int status = r.getInt(at + MsgArgument.STATUS);
            boolean sized = kind < FIXED.length && (status == 0 ? fixed == FIXED[kind] : (fixed | text) == 0);
            if (!sized || text < 0 || text > r.length() || (r.getByte(at + MsgArgument.SLOT) & 0xFF) >= HookLimits.HOOK_SLOTS) {
                malformed(r);
            }
            at += MsgArgument.SIZE + fixed + text;
            if (at > r.length()) {
                malformed(r);
            }
        }
        byte[] bytes = new byte[at - from];
        r.getBytes(from, bytes, 0, bytes.length);
        return bytes;
    }

    /** Returns where the argument of a slot begins, -1 if there is none. */
    static int find(byte[] area, int slot) {
        for (int at = 0; at < area.length; at = next(area, at)) {
            if (area[at + MsgArgument.SLOT] == slot) {
                return at;
            }
        }
        return -1;
    }

    static int next(byte[] area, int at) {
        return text(area, at) + textSize(area, at);
    }

    static int kind(byte[] area, int at) {
        return area[at + MsgArgument.KIND];
    }

    static int status(byte[] area, int at) {
        return getInt(area, at + MsgArgument.STATUS);
    }

    static int step(byte[] area, int at) {
        return getInt(area, at + MsgArgument.STEP);
    }

    /** Returns where the kind's structure begins. */
    static int fixed(byte[] area, int at) {
        return at + MsgArgument.SIZE;
    }

    /** Returns where the text begins. */
    static int text(byte[] area, int at) {
        return at + MsgArgument.SIZE + (getShort(area, at + MsgArgument.FIXED) & 0xFFFF);
    }

    static int textSize(byte[] area, int at) {
        return getInt(area, at + MsgArgument.TEXT);
    }

    /** Tells whether the kind is one whose bytes may travel in data records. */
    static boolean mayHaveData(int kind) {
        return kind == HookKind.KIND_CHAR_BUF || kind == HookKind.KIND_CHAR_IOVEC || kind == HookKind.KIND_IOV_ITER
                || kind == HookKind.KIND_CONST_BUF;
    }

    static short getShort(byte[] area, int at) {
        return (short) SHORTS.get(area, at);
    }

    static int getInt(byte[] area, int at) {
        return (int) INTS.get(area, at);
    }

    static long getLong(byte[] area, int at) {
        return (long) LONGS.get(area, at);
    }

    /** Refuses a record: what lies behind its end cannot be read. */
    static void malformed(RingRecord r) {
        r.getByte(r.length());
    }

    private static int[] fixed() {
        int[] sizes = new int[HookKind.KIND_MODULE + 1];
        for (int kind : new int[] {HookKind.KIND_INTEGER, HookKind.KIND_SYSCALL, HookKind.KIND_CAPABILITIES}) {
            sizes[kind] = ArgNumber.SIZE;
        }
        for (int kind : new int[] {HookKind.KIND_CHAR_BUF, HookKind.KIND_CHAR_IOVEC, HookKind.KIND_IOV_ITER,
            HookKind.KIND_CONST_BUF}) {
            sizes[kind] = ArgBytes.SIZE;
        }
        for (int kind : new int[] {HookKind.KIND_FD, HookKind.KIND_FILE, HookKind.KIND_PATH, HookKind.KIND_DENTRY,
            HookKind.KIND_KIOCB, HookKind.KIND_LINUX_BINPRM}) {
            sizes[kind] = ArgPath.SIZE;
        }
        sizes[HookKind.KIND_SKB] = ArgSkb.SIZE;
        sizes[HookKind.KIND_SOCK] = ArgSock.SIZE;
        sizes[HookKind.KIND_SOCKET] = ArgSock.SIZE;
        sizes[HookKind.KIND_SOCKADDR] = ArgSockaddr.SIZE;
        sizes[HookKind.KIND_SOCKADDR_UN] = ArgSockaddrUn.SIZE;
        sizes[HookKind.KIND_CRED] = ArgCred.SIZE;
        sizes[HookKind.KIND_USER_NAMESPACE] = ArgUserNamespace.SIZE;
        sizes[HookKind.KIND_BPF_ATTR] = ArgBpfProgram.SIZE;
        sizes[HookKind.KIND_BPF_PROG] = ArgBpfProgram.SIZE;
        sizes[HookKind.KIND_BPF_MAP] = ArgBpfMap.SIZE;
        sizes[HookKind.KIND_PERF_EVENT] = ArgPerfEvent.SIZE;
        sizes[HookKind.KIND_MODULE] = ArgModule.SIZE;
        sizes[HookKind.KIND_LOAD_INFO] = ArgModule.SIZE;
        return sizes;
    }
}
