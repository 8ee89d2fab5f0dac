// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.event.Utf8;
import io.tetragon.api.process.BinaryProperties;
import io.tetragon.api.process.Credentials;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.Process;
import io.tetragon.api.process.ProcessDescription;
import io.tetragon.api.process.ProcessFlags;
import io.tetragon.api.process.ProcessTable;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.RingRecord;
import io.tetragon.proto.ProcessPrivilegesChanged;
import io.tetragon.sensor.exec.internal.abi.ExecPrivileges;
import io.tetragon.sensor.exec.internal.abi.ExitFlags;
import io.tetragon.sensor.exec.internal.abi.MsgClone;
import io.tetragon.sensor.exec.internal.abi.MsgData;
import io.tetragon.sensor.exec.internal.abi.MsgDataKind;
import io.tetragon.sensor.exec.internal.abi.MsgExecve;
import io.tetragon.sensor.exec.internal.abi.MsgExit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Decodes the sensor's records. On the reader's thread only. */
final class ExecDecoder {
    private final SensorContext context;
    private final ProcessTable processes;
    private final boolean withProperties;
    private final boolean withAncestors;
    private final boolean withEnvironment;
    private final Set<String> environmentNames;
    private final DataAssembler data;
    private final ContainerIds containers = new ContainerIds();
    private final ProcessDescription process = new ProcessDescription();
    private byte[] scratch = new byte[16384];
    /** Most processes share the last one's, which saves an object for each. */
    private Credentials lastCredentials = Credentials.NONE;
    private @Nullable Namespaces lastNamespaces;

    ExecDecoder(SensorContext context) {
        this.context = context;
        processes = context.processes();
        withProperties = context.settings().bool("enable-process-cred");
        withAncestors = context.settings().list("enable-ancestors").contains("base");
        withEnvironment = context.settings().bool("enable-process-environment-variables");
        environmentNames = EnvironmentArea.names(context.settings());
        data = new DataAssembler(context);
    }

    void execve(RingRecord r) {
        int pid = r.getInt(MsgExecve.PROCESS_PID);
        long ktime = r.getLong(MsgExecve.PROCESS_KTIME);
        int flags = r.getInt(MsgExecve.FLAGS);
        int pathSize = r.getInt(MsgExecve.PATH_SIZE);
        int argsSize = r.getInt(MsgExecve.ARGS_SIZE);
        int envsSize = r.getInt(MsgExecve.ENVS_SIZE);
        int cwdSize = r.getInt(MsgExecve.CWD_SIZE);
        int cgroupSize = r.getInt(MsgExecve.CGROUP_SIZE);
        long argsTotal = r.getLong(MsgExecve.ARGS_TOTAL);
        long envsTotal = r.getLong(MsgExecve.ENVS_TOTAL);
        // No area reaches 2 GiB: the kernel allows a quarter of the stack.
        boolean possible = (argsTotal | envsTotal) >>> 31 == 0;
        load(r, MsgExecve.SIZE, possible, pathSize, argsSize, envsSize, cwdSize, cgroupSize);
        int at = 0;

        ProcessDescription d = process;
        d.pid = pid;
        d.ktime = ktime;
        d.nsPid = r.getInt(MsgExecve.NSPID);
        d.startTimeNanos = context.clock().monotonicToEpoch(ktime);
        d.auid = r.getInt(MsgExecve.AUID);
        d.replacedPid = r.getInt(MsgExecve.REPLACED_PID);
        d.replacedKtime = r.getLong(MsgExecve.REPLACED_KTIME);
        parent(d, r.getInt(MsgExecve.PARENT_PID), r.getLong(MsgExecve.PARENT_KTIME));
        d.credentials = credentials(r);
        d.namespaces = namespaces(r);

        byte[] path = text(at, pathSize);
        at += pathSize;
        int argsAt = at;
        at += argsSize;
        int envsAt = at;
        at += envsSize;
        d.cwd = PathText.reversed(scratch, at, cwdSize);
        at += cwdSize;
        d.docker = containers.ofCgroup(scratch, at, cgroupSize, pid);
        d.binary = PathText.absolute(path, d.cwd);

        flags |= arguments(d, argsTotal, argsAt, argsSize);
        d.environment = null;
        if (withEnvironment) {
            flags |= environment(d, envsTotal, envsAt, envsSize);
        }
        d.flags = flags;
        data.forget(pid, ktime);

        processes.executed(d);
        BinaryProperties properties = withProperties
                ? properties(r.getInt(MsgExecve.PRIVILEGES), d.credentials, r.getLong(MsgExecve.UNLINKED_INO))
                : null;
        ProcessExecEvent event = new ProcessExecEvent(context.node(), d.startTimeNanos, pid, ktime, properties);
        if (withAncestors) {
            event.wantAncestors();
        }
        context.publish(event);
    }

    void clone(RingRecord r) {
        long ktime = r.getLong(MsgClone.PROCESS_KTIME);
        Process child = processes.forked(r.getInt(MsgClone.PROCESS_PID), r.getInt(MsgClone.NSPID), ktime,
                context.clock().monotonicToEpoch(ktime), r.getInt(MsgClone.PARENT_PID),
                r.getLong(MsgClone.PARENT_KTIME), (r.getInt(MsgClone.FLAGS) & ProcessFlags.IN_INIT_TREE) != 0);
        if (child == null) {
            context.countLoss("fork_of_unknown_process", 1);
        }
    }

    void exit(RingRecord r) {
        int pid = r.getInt(MsgExit.PROCESS_PID);
        long ktime = r.getLong(MsgExit.PROCESS_KTIME);
        long time = context.clock().monotonicToEpoch(r.getLong(MsgExit.COMMON_KTIME));
        int code = r.getInt(MsgExit.CODE);
        processes.exited(pid, ktime);
        if ((r.getByte(MsgExit.COMMON_FLAGS) & ExitFlags.MSG_EXIT_UNTOLD) != 0) {
            return;
        }
        ProcessExitEvent event = new ProcessExitEvent(context.node(), time, pid, ktime, code);
        if (withAncestors) {
            event.wantAncestors();
        }
        context.publish(event);
    }

    void data(RingRecord r) {
        data.add(r, MsgData.SIZE);
    }

    /** Drops pieces whose exec never came. */
    void forgetOldData() {
        data.forgetOld();
    }

    /** Copies what follows the fixed part; the sizes are checked against the record as one sum. */
    private void load(RingRecord r, int from, boolean possible, int path, int args, int envs, int cwd, int cgroup) {
        long sum = Integer.toUnsignedLong(path) + Integer.toUnsignedLong(args) + Integer.toUnsignedLong(envs)
                + Integer.toUnsignedLong(cwd) + Integer.toUnsignedLong(cgroup);
        int count = !possible || sum > r.length() ? Integer.MAX_VALUE : (int) sum;
        if (count <= r.length() - from && count > scratch.length) {
            scratch = new byte[count];
        }
        r.getBytes(from, scratch, 0, count);
    }

    /** A process whose parent the kernel's map did not know is linked to the newest one of that id. */
    private void parent(ProcessDescription d, int pid, long ktime) {
        d.parentPid = pid;
        d.parentKtime = ktime;
        if (ktime == 0 && pid != 0) {
            Process newest = processes.newest(pid);
            d.parentKtime = newest == null ? 0 : newest.ktime();
        }
    }

    private int arguments(ProcessDescription d, long total, int at, int size) {
        if (size > 0 || total == 0) {
            d.arguments = ArgumentsText.of(scratch, at, size);
            return 0;
        }
        byte[] area = data.area(d.pid, d.ktime, MsgDataKind.MSG_DATA_ARGS, total);
        d.arguments = ArgumentsText.of(area, 0, area.length);
        if (area.length < total) {
            context.countLoss("argument_bytes", total - area.length);
            return ProcessFlags.TRUNC_ARGS;
        }
        return 0;
    }

    private int environment(ProcessDescription d, long total, int at, int size) {
        byte[] area = scratch;
        int flags = 0;
        if (size == 0 && total > 0) {
            area = data.area(d.pid, d.ktime, MsgDataKind.MSG_DATA_ENVS, total);
            at = 0;
            size = area.length;
            if (size < total) {
                context.countLoss("environment_bytes", total - size);
                flags = ProcessFlags.ERROR_ENVS;
            }
        }
        d.environment = EnvironmentArea.variables(area, at, size, environmentNames);
        return flags;
    }

    private byte[] text(int at, int size) {
        int end = size > 0 && scratch[at + size - 1] == 0 ? size - 1 : size;
        return Utf8.valid(scratch, at, end);
    }

    private Credentials credentials(RingRecord r) {
        Credentials c = lastCredentials;
        if (c.uid() == r.getInt(MsgExecve.CREDS_UID) && c.gid() == r.getInt(MsgExecve.CREDS_GID)
                && c.suid() == r.getInt(MsgExecve.CREDS_SUID) && c.sgid() == r.getInt(MsgExecve.CREDS_SGID)
                && c.euid() == r.getInt(MsgExecve.CREDS_EUID) && c.egid() == r.getInt(MsgExecve.CREDS_EGID)
                && c.fsuid() == r.getInt(MsgExecve.CREDS_FSUID) && c.fsgid() == r.getInt(MsgExecve.CREDS_FSGID)
                && c.securebits() == r.getInt(MsgExecve.CREDS_SECUREBITS)
                && c.permitted() == r.getLong(MsgExecve.CREDS_CAPS_PERMITTED)
                && c.effective() == r.getLong(MsgExecve.CREDS_CAPS_EFFECTIVE)
                && c.inheritable() == r.getLong(MsgExecve.CREDS_CAPS_INHERITABLE)) {
            return c;
        }
        c = new Credentials(r.getInt(MsgExecve.CREDS_UID), r.getInt(MsgExecve.CREDS_GID),
                r.getInt(MsgExecve.CREDS_EUID), r.getInt(MsgExecve.CREDS_EGID), r.getInt(MsgExecve.CREDS_SUID),
                r.getInt(MsgExecve.CREDS_SGID), r.getInt(MsgExecve.CREDS_FSUID), r.getInt(MsgExecve.CREDS_FSGID),
                r.getInt(MsgExecve.CREDS_SECUREBITS), r.getLong(MsgExecve.CREDS_CAPS_PERMITTED),
                r.getLong(MsgExecve.CREDS_CAPS_EFFECTIVE), r.getLong(MsgExecve.CREDS_CAPS_INHERITABLE));
        lastCredentials = c;
        return c;
    }

    private Namespaces namespaces(RingRecord r) {
        Namespaces ns = new Namespaces(r.getInt(MsgExecve.NS_UTS_INUM), r.getInt(MsgExecve.NS_IPC_INUM),
                r.getInt(MsgExecve.NS_MNT_INUM), r.getInt(MsgExecve.NS_PID_INUM),
                r.getInt(MsgExecve.NS_PID_CHILD_INUM), r.getInt(MsgExecve.NS_NET_INUM),
                r.getInt(MsgExecve.NS_TIME_INUM), r.getInt(MsgExecve.NS_TIME_CHILD_INUM),
                r.getInt(MsgExecve.NS_CGROUP_INUM), r.getInt(MsgExecve.NS_USER_INUM));
        Namespaces last = lastNamespaces;
        if (ns.equals(last)) {
            return last;
        }
        lastNamespaces = ns;
        return ns;
    }

    private static @Nullable BinaryProperties properties(int privileges, Credentials c, long unlinkedInode) {
        if (privileges == 0 && unlinkedInode == 0) {
            return null;
        }
        List<ProcessPrivilegesChanged> changed = new ArrayList<>(1);
        if ((privileges & ExecPrivileges.EXEC_FILE_CAPS) != 0) {
            changed.add(ProcessPrivilegesChanged.PRIVILEGES_RAISED_EXEC_FILE_CAP);
        }
        if ((privileges & ExecPrivileges.EXEC_SETUID_ROOT) != 0) {
            changed.add(ProcessPrivilegesChanged.PRIVILEGES_RAISED_EXEC_FILE_SETUID);
        }
        if ((privileges & ExecPrivileges.EXEC_SETGID_ROOT) != 0) {
            changed.add(ProcessPrivilegesChanged.PRIVILEGES_RAISED_EXEC_FILE_SETGID);
        }
        return new BinaryProperties(
                (privileges & ExecPrivileges.EXEC_SETUID) != 0 ? Integer.toUnsignedLong(c.euid()) : -1,
                (privileges & ExecPrivileges.EXEC_SETGID) != 0 ? Integer.toUnsignedLong(c.egid()) : -1,
                changed, unlinkedInode);
    }
}
