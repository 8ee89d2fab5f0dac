// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.event.ProtoWriter;
import io.tetragon.api.process.BinaryProperties;
import io.tetragon.api.process.Process;
import org.jspecify.annotations.Nullable;

/** A process made of what filters look at. */
record TestProcess(
        int pid, int parentPid, String binary, String arguments, String docker, boolean inInitTree, long capabilities)
        implements Process {
    static TestProcess of(int pid, String binary, String arguments) {
        return new TestProcess(pid, 0, binary, arguments, "", false, 0);
    }

    TestProcess under(int parent) {
        return new TestProcess(pid, parent, binary, arguments, docker, inInitTree, capabilities);
    }

    TestProcess inContainer(String id) {
        return new TestProcess(pid, parentPid, binary, arguments, id, true, capabilities);
    }

    TestProcess withCapabilities(long bits) {
        return new TestProcess(pid, parentPid, binary, arguments, docker, inInitTree, bits);
    }

    @Override
    public long ktime() {
        return pid;
    }

    @Override
    public String execId() {
        return "id" + pid;
    }

    @Override
    public String parentExecId() {
        return "id" + parentPid;
    }

    @Override
    public long parentKtime() {
        return parentPid;
    }

    @Override
    public int uid() {
        return 0;
    }

    @Override
    public int auid() {
        return -1;
    }

    @Override
    public String cwd() {
        return "/";
    }

    @Override
    public String flags() {
        return "execve";
    }

    @Override
    public long startTimeNanos() {
        return 1_700_000_000_000_000_001L;
    }

    @Override
    public int size() {
        return 1;
    }

    @Override
    public int nsPid() {
        return pid;
    }

    @Override
    public long effectiveCapabilities() {
        return capabilities;
    }

    @Override
    public long permittedCapabilities() {
        return capabilities << 1;
    }

    @Override
    public long inheritableCapabilities() {
        return 0;
    }

    @Override
    public int refcnt() {
        return 1;
    }

    @Override
    public void writeJson(JsonWriter out, int refcnt, int tid, @Nullable BinaryProperties properties) {
        out.beginObject().name("exec_id").string(execId()).name("pid").unsigned(pid).name("uid").unsigned(uid());
        out.name("cwd").string(cwd()).name("binary").string(binary);
        if (!arguments.isEmpty()) {
            out.name("arguments").string(arguments);
        }
        out.name("flags").string(flags()).name("start_time").timestamp(startTimeNanos());
        out.name("auid").unsigned(auid());
        if (!docker.isEmpty()) {
            out.name("docker").string(docker);
        }
        out.name("parent_exec_id").string(parentExecId()).name("refcnt").unsigned(refcnt);
        out.name("tid").unsigned(tid).name("in_init_tree").bool(inInitTree).endObject();
    }

    @Override
    public void writeProto(ProtoWriter out, int refcnt, int tid, @Nullable BinaryProperties properties) {
        out.string(1, execId()).wrapper(2, pid).wrapper(3, uid()).string(4, cwd()).string(5, binary);
        out.string(6, arguments).string(7, flags()).timestamp(8, startTimeNanos()).wrapper(9, 0xFFFF_FFFFL);
        out.string(11, docker).string(12, parentExecId()).varint(13, refcnt).wrapper(16, tid);
        out.wrapper(20, inInitTree ? 1 : 0);
    }
}
