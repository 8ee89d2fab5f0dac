// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.event;

import io.tetragon.bpf.RingRecord;
import io.tetragon.hooks.internal.abi.MsgGeneric;
import io.tetragon.hooks.internal.abi.MsgGenericFlags;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What lies behind the arguments of a record: the stacks, and behind them the IMA hash of a file, eight bytes with the
 * number of its algorithm and then the digest.
 */
record RecordTail(long[] kernelStack, long[] userStack, String imaHash) {
    /** Addresses in a stack; the kernel takes 127 unless its limit was raised. */
    private static final int MAX_DEPTH = 1024;
    private static final long[] NO_STACK = {};

    /**
     * Reads it.
     *
     * @return null if there is nothing
     * @throws io.tetragon.bpf.MalformedRecordException if there is less than the record says
     */
    static @Nullable RecordTail of(RingRecord r, int from, int flags) {
        int kernel = r.getInt(MsgGeneric.KERNEL_STACK);
        int user = r.getInt(MsgGeneric.USER_STACK);
        boolean hashed = (flags & MsgGenericFlags.MSG_IMA_HASH) != 0;
        if ((kernel | user) == 0 && !hashed) {
            return null;
        }
        long[] kernelStack = stack(r, from, kernel);
        long[] userStack = stack(r, from + kernel, user);
        return new RecordTail(kernelStack, userStack, hashed ? hash(r, from + kernel + user) : "");
    }

    void complete(GenericEvent event) {
        event.stacks(kernelStack, userStack);
        if (!imaHash.isEmpty()) {
            event.imaHash(imaHash);
        }
    }

    private static long[] stack(RingRecord r, int from, int bytes) {
        if (bytes == 0) {
            return NO_STACK;
        }
        if (bytes < 0 || bytes % Long.BYTES != 0 || bytes > MAX_DEPTH * Long.BYTES || bytes > r.length() - from) {
            ArgumentArea.malformed(r);
        }
        long[] stack = new long[bytes / Long.BYTES];
        for (int i = 0; i < stack.length; i++) {
            stack[i] = r.getLong(from + i * Long.BYTES);
        }
        return stack;
    }

    private static String hash(RingRecord r, int from) {
        int algorithm = r.getInt(from);
        String name = KernelNames.hash(algorithm);
        if (name == null) {
            return "";
        }
        byte[] digest = new byte[KernelNames.hashSize(algorithm)];
        r.getBytes(from + Long.BYTES, digest, 0, digest.length);
        return name + ':' + HexFormat.of().formatHex(digest);
    }
}
