// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.cgrouprate.internal;

import io.tetragon.sensor.cgrouprate.internal.abi.MsgOp;
import io.tetragon.sensor.cgrouprate.internal.abi.MsgThrottle;
import io.tetragon.sensor.cgrouprate.internal.abi.ThrottleRate;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** What the kernel's side says. */
final class Records {
    private Records() {}

    static byte[] started(long id, long time, String latin1) {
        byte[] name = latin1.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer record = ByteBuffer.allocate(MsgThrottle.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        record.put(MsgThrottle.COMMON_OP, (byte) MsgOp.MSG_OP_THROTTLE).putInt(MsgThrottle.COMMON_SIZE, MsgThrottle.SIZE);
        record.putLong(MsgThrottle.COMMON_KTIME, time).putLong(MsgThrottle.CGROUP_ID, id);
        record.putInt(MsgThrottle.NAME_LENGTH, name.length + 1).put(MsgThrottle.NAME, name);
        return record.array();
    }

    /** The counts of one CPU. */
    static byte[] cpu(long slot, long current, long previous, long over, long execs, boolean gone) {
        ByteBuffer rate = ByteBuffer.allocate(ThrottleRate.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        rate.putLong(ThrottleRate.SLOT, slot).putLong(ThrottleRate.CURRENT, current).putLong(ThrottleRate.PREVIOUS, previous);
        rate.putLong(ThrottleRate.OVER, over).putLong(ThrottleRate.EXECS, execs).putLong(ThrottleRate.CLONES, 2 * execs);
        return rate.putInt(ThrottleRate.GONE, gone ? 1 : 0).array();
    }

    static byte[] cpus(byte[]... each) {
        ByteBuffer all = ByteBuffer.allocate(each.length * ThrottleRate.SIZE);
        for (byte[] one : each) {
            all.put(one);
        }
        return all.array();
    }

    static byte[] key(long id) {
        return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(id).array();
    }
}
