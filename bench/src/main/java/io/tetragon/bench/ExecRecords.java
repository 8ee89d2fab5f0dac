// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bench;

import io.tetragon.bpf.RingRecord;
import io.tetragon.sensor.exec.internal.abi.MsgClone;
import io.tetragon.sensor.exec.internal.abi.MsgExecve;
import io.tetragon.sensor.exec.internal.abi.MsgExit;
import io.tetragon.sensor.exec.internal.abi.MsgOp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Records as the programs of the exec sensor submit them, in the layout of this build. Their text makes an exec event's line
 * as long as one of a build or a service usually is: some 1.8 kB with its parent.
 */
final class ExecRecords {
    static final int PARENT_PID = 4711;
    static final long PARENT_KTIME = 1_000_000_000L;

    private static final long ALL_CAPABILITIES = 0x1ff_ffff_ffffL;
    private static final int INITIAL_NAMESPACE = 0xF000_0000;
    private static final int EXECVE_CLONE = 0x4001;

    private ExecRecords() {}

    /** The exec of process {@code pid} at a time, a child of the one parent. */
    static RingRecord execve(int pid, long ktime, int parentPid, long parentKtime) {
        byte[] path = zeroEnded("/usr/lib/gcc/x86_64-linux-gnu/12/cc1");
        byte[] arguments = arguments();
        byte[] cwd = zeroEnded("/home/builder/workspace/service/src/main/native");
        byte[] cgroup = zeroEnded("user@1000.service");
        int size = MsgExecve.SIZE + path.length + arguments.length + cwd.length + cgroup.length;
        ByteBuffer r = record(MsgOp.MSG_OP_EXECVE, size, pid, ktime);
        r.putInt(MsgExecve.PARENT_PID, parentPid).putLong(MsgExecve.PARENT_KTIME, parentKtime);
        r.putInt(MsgExecve.REPLACED_PID, pid).putLong(MsgExecve.REPLACED_KTIME, ktime - 1000);
        r.putInt(MsgExecve.NSPID, pid).putInt(MsgExecve.AUID, 1000).putInt(MsgExecve.FLAGS, EXECVE_CLONE);
        for (int at = MsgExecve.CREDS_UID; at <= MsgExecve.CREDS_FSGID; at += Integer.BYTES) {
            r.putInt(at, 1000);
        }
        r.putLong(MsgExecve.CREDS_CAPS_PERMITTED, ALL_CAPABILITIES);
        r.putLong(MsgExecve.CREDS_CAPS_EFFECTIVE, ALL_CAPABILITIES);
        for (int at = MsgExecve.NS_UTS_INUM; at <= MsgExecve.NS_USER_INUM; at += Integer.BYTES) {
            r.putInt(at, INITIAL_NAMESPACE + at);
        }
        r.putLong(MsgExecve.ARGS_TOTAL, arguments.length);
        r.putInt(MsgExecve.PATH_SIZE, path.length).putInt(MsgExecve.ARGS_SIZE, arguments.length);
        r.putInt(MsgExecve.CWD_SIZE, cwd.length).putInt(MsgExecve.CGROUP_SIZE, cgroup.length);
        r.position(MsgExecve.SIZE).put(path).put(arguments).put(cwd).put(cgroup);
        return RingRecord.of(r.array());
    }

    /** The fork of that process, a microsecond before its exec. */
    static RingRecord clone(int pid, long ktime) {
        ByteBuffer r = record(MsgOp.MSG_OP_CLONE, MsgClone.SIZE, pid, ktime - 1000);
        r.putInt(MsgClone.PARENT_PID, PARENT_PID).putLong(MsgClone.PARENT_KTIME, PARENT_KTIME);
        r.putInt(MsgClone.NSPID, pid);
        return RingRecord.of(r.array());
    }

    /** The exit of that process. */
    static RingRecord exit(int pid, long ktime) {
        ByteBuffer r = record(MsgOp.MSG_OP_EXIT, MsgExit.SIZE, pid, ktime);
        r.putInt(MsgExit.TID, pid);
        return RingRecord.of(r.array());
    }

    /** The members that all three have at the same offsets. */
    private static ByteBuffer record(int op, int size, int pid, long ktime) {
        ByteBuffer r = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        r.put(MsgExecve.COMMON_OP, (byte) op).putInt(MsgExecve.COMMON_SIZE, size);
        r.putLong(MsgExecve.COMMON_KTIME, ktime);
        return r.putInt(MsgExecve.PROCESS_PID, pid).putLong(MsgExecve.PROCESS_KTIME, ktime);
    }

    private static byte[] arguments() {
        StringBuilder text = new StringBuilder();
        text.append("-quiet\0-imultiarch\0x86_64-linux-gnu\0-MMD\0build/objects/request_handler.d\0-MP\0");
        text.append("-D\0VERSION=\"2.11 (release)\"\0src/request_handler.c\0-dumpbase\0request_handler.c\0");
        for (int i = 0; i < 8; i++) {
            text.append("-I../../third_party/library-").append(i).append("/include\0");
        }
        text.append("-mtune=generic\0-march=x86-64\0-O2\0-Wall\0-Wextra\0-std=gnu11\0-fPIC\0-o\0/tmp/ccQ3kXyZ.s\0");
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] zeroEnded(String text) {
        return (text + '\0').getBytes(StandardCharsets.US_ASCII);
    }
}
