// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.UInt32Value;
import com.google.protobuf.util.Timestamps;
import io.tetragon.bpf.RingRecord;
import io.tetragon.proto.BinaryProperties;
import io.tetragon.proto.CapabilitiesType;
import io.tetragon.proto.EnvVar;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.GetEventsResponse.EventCase;
import io.tetragon.proto.Process;
import io.tetragon.proto.ProcessExec;
import io.tetragon.proto.ProcessExit;
import io.tetragon.proto.ProcessPrivilegesChanged;
import io.tetragon.sensor.exec.internal.abi.MsgClone;
import io.tetragon.sensor.exec.internal.abi.MsgExecve;
import io.tetragon.sensor.exec.internal.abi.MsgExit;
import io.tetragon.sensor.exec.internal.abi.MsgOp;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the records of each workload become, wherever the records come from. */
abstract class DecoderCases {
    /** No process is still there when its records are decoded. */
    @TempDir
    private Path procfs = Path.of("/nonexistent");

    abstract List<byte[]> records(Workload workload) throws Exception;

    final MemoryContext context() {
        return new MemoryContext(procfs, true);
    }

    private Decoded decoded(Workload workload) throws Exception {
        return Decoded.of(context(), records(workload));
    }

    private ProcessExec exec(Workload workload) throws Exception {
        return decoded(workload).last(EventCase.PROCESS_EXEC).getProcessExec();
    }

    @Test
    void aForkAndItsExecAreOneProcess() throws Exception {
        List<byte[]> records = records(Workload.PLAIN);
        RingRecord clone = first(records, MsgOp.MSG_OP_CLONE);
        Decoded decoded = Decoded.of(context(), records);
        GetEventsResponse event = decoded.messages().stream()
                .filter(m -> m.hasProcessExec() && m.getProcessExec().getProcess().getFlags().contains("clone"))
                .findFirst().orElseThrow(() -> new AssertionError(decoded.lines().toString()));
        Process process = event.getProcessExec().getProcess();
        Process parent = event.getProcessExec().getParent();

        assertEquals(clone.getInt(MsgClone.PROCESS_PID), process.getPid().getValue());
        assertEquals(process.getPid(), process.getTid());
        assertEquals("/bin/echo", process.getBinary());
        assertEquals("one \"two words\"  three", process.getArguments());
        assertEquals("/usr/share", process.getCwd());
        assertEquals("execve clone", process.getFlags());
        assertEquals(UInt32Value.of(0), process.getUid());
        assertEquals(1, process.getRefcnt());

        assertEquals(clone.getInt(MsgClone.PARENT_PID), parent.getPid().getValue());
        assertEquals("/bin/sh", parent.getBinary());
        assertEquals(parent.getExecId(), process.getParentExecId());
        assertEquals("-c \"/bin/echo one 'two words' '' three; :\"", parent.getArguments());
        assertEquals(MemoryContext.NODE, event.getNodeName());
    }

    @Test
    void identitiesAndTimesComeFromTheKernelsClock() throws Exception {
        List<byte[]> records = records(Workload.AGAIN);
        RingRecord last = RingRecord.of(records.stream().filter(r -> r[0] == MsgOp.MSG_OP_EXECVE)
                .reduce((a, b) -> b).orElseThrow());
        GetEventsResponse event = Decoded.of(context(), records).last(EventCase.PROCESS_EXEC);
        Process process = event.getProcessExec().getProcess();
        long ktime = last.getLong(MsgExecve.PROCESS_KTIME);
        assertEquals("node1:" + ktime + ":" + last.getInt(MsgExecve.PROCESS_PID),
                new String(Base64.getDecoder().decode(process.getExecId()), StandardCharsets.UTF_8));
        assertEquals(MemoryContext.EPOCH + ktime, Timestamps.toNanos(process.getStartTime()));
        assertEquals(process.getStartTime(), event.getTime());
    }

    @Test
    void aSecondExecHasTheFirstForItsParent() throws Exception {
        Decoded decoded = decoded(Workload.AGAIN);
        List<ProcessExec> execs = decoded.messages().stream().filter(GetEventsResponse::hasProcessExec)
                .map(GetEventsResponse::getProcessExec).toList();
        assertEquals(2, execs.size(), () -> decoded.lines().toString());
        Process first = execs.get(0).getProcess();
        Process second = execs.get(1).getProcess();
        assertEquals("/bin/sh", first.getBinary());
        assertEquals("/bin/echo", second.getBinary());
        assertEquals("execve rootcwd", second.getFlags());
        assertEquals(first.getPid(), second.getPid());
        assertNotEquals(first.getExecId(), second.getExecId());
        assertEquals(first.getExecId(), second.getParentExecId());
        assertEquals(first.getExecId(), execs.get(1).getParent().getExecId());
        ProcessExit exit = decoded.last(EventCase.PROCESS_EXIT).getProcessExit();
        assertEquals(second.getExecId(), exit.getProcess().getExecId());
    }

    @Test
    void theFirstArgumentIsQuotedWithASpaceBefore() throws Exception {
        ProcessExec exec = exec(Workload.QUOTED);
        assertEquals(" \"two words\"", exec.getProcess().getArguments());
        assertEquals("/", exec.getProcess().getCwd());
        assertEquals("execve rootcwd clone", exec.getProcess().getFlags());
    }

    @Test
    void anExitTellsTheStatus() throws Exception {
        List<byte[]> records = records(Workload.STATUS);
        Decoded decoded = Decoded.of(context(), records);
        GetEventsResponse event = decoded.messages().stream().filter(GetEventsResponse::hasProcessExit).findFirst()
                .orElseThrow();
        assertEquals(3, event.getProcessExit().getStatus());
        assertEquals("", event.getProcessExit().getSignal());
        assertEquals("-c \"exit 3\"", event.getProcessExit().getProcess().getArguments().strip());
        RingRecord record = first(records, MsgOp.MSG_OP_EXIT);
        assertEquals(MemoryContext.EPOCH + record.getLong(MsgExit.COMMON_KTIME), Timestamps.toNanos(event.getTime()));
        assertEquals(event.getTime(), event.getProcessExit().getTime());
    }

    @Test
    void anExitTellsTheSignal() throws Exception {
        ProcessExit exit = decoded(Workload.SIGNAL).messages().stream().filter(GetEventsResponse::hasProcessExit)
                .findFirst().orElseThrow().getProcessExit();
        assertEquals("SIGKILL", exit.getSignal());
        assertEquals(0, exit.getStatus());
        assertEquals("/bin/sh", exit.getProcess().getBinary());
    }

    @Test
    void relativeNamesBecomeAbsolute() throws Exception {
        Process process = exec(Workload.RELATIVE).getProcess();
        assertEquals("/bin/true", process.getBinary());
        assertEquals("/usr/bin", process.getCwd());
        assertEquals("", process.getArguments());
    }

    @Test
    void gainedIdsAreTold() throws Exception {
        ProcessExec exec = exec(Workload.SETUID);
        Process process = exec.getProcess();
        assertEquals(BinaryProperties.newBuilder().setSetuid(UInt32Value.of(Workload.OWNER))
                .setSetgid(UInt32Value.of(Workload.GROUP)).build(), process.getBinaryProperties());
        assertEquals(Workload.OWNER, process.getUid().getValue());
        assertEquals(0, process.getProcessCredentials().getUid().getValue());
        assertEquals(Workload.OWNER, process.getProcessCredentials().getEuid().getValue());
        assertEquals(Workload.OWNER, process.getProcessCredentials().getSuid().getValue());
        assertEquals(Workload.OWNER, process.getProcessCredentials().getFsuid().getValue());
        assertEquals(Workload.GROUP, process.getProcessCredentials().getEgid().getValue());
        assertEquals(0, process.getProcessCredentials().getGid().getValue());
        assertEquals(List.of(), process.getCap().getEffectiveList());
        assertFalse(exec.getParent().hasBinaryProperties(), "the parent gained nothing");
        assertTrue(exec.getParent().getCap().getEffectiveList().contains(CapabilitiesType.CAP_SYS_ADMIN));
    }

    @Test
    void gainedRootIsTold() throws Exception {
        Process process = exec(Workload.SETUID_ROOT).getProcess();
        assertEquals(BinaryProperties.newBuilder().setSetuid(UInt32Value.of(0))
                .addPrivilegesChanged(ProcessPrivilegesChanged.PRIVILEGES_RAISED_EXEC_FILE_SETUID).build(),
                process.getBinaryProperties());
        assertEquals(Workload.OWNER, process.getProcessCredentials().getUid().getValue());
        assertEquals(UInt32Value.of(0), process.getUid());
        assertTrue(process.getCap().getPermittedList().contains(CapabilitiesType.CAP_SYS_ADMIN));
    }

    @Test
    void ordinaryExecsHaveNoBinaryProperties() throws Exception {
        assertFalse(exec(Workload.PLAIN).getProcess().hasBinaryProperties());
    }

    @Test
    void propertiesAreKeptBackUnlessAskedFor() throws Exception {
        MemoryContext context = context().with("enable-process-cred", false);
        Decoded decoded = Decoded.of(context, records(Workload.SETUID_ROOT));
        assertFalse(decoded.last(EventCase.PROCESS_EXEC).getProcessExec().getProcess().hasBinaryProperties());
    }

    @Test
    void theCgroupTellsTheContainer() throws Exception {
        assertEquals(Workload.CONTAINER_ID.substring(0, 31), exec(Workload.CONTAINER).getProcess().getDocker());
    }

    @Test
    void aBinaryWithoutNameIsToldByItsInode() throws Exception {
        Process process = exec(Workload.DELETED).getProcess();
        assertEquals("/proc/self/fd/9", process.getBinary());
        assertEquals("x", process.getArguments());
        assertNotEquals(0, process.getBinaryProperties().getFile().getInode().getNumber());
        assertTrue(process.getBinaryProperties().getFile().getInode().hasLinks());
        assertEquals(0, process.getBinaryProperties().getFile().getInode().getLinks().getValue());
    }

    @Test
    void longArgumentsArriveWhole() throws Exception {
        for (Map.Entry<Workload, String> e : Map.of(
                Workload.ARGS_2000, "2".repeat(2000),
                Workload.ARGS_5000, "5".repeat(5000) + " end",
                Workload.ARGS_40000, "4".repeat(40_000) + " end").entrySet()) {
            MemoryContext context = context();
            Process process = Decoded.of(context, records(e.getKey())).last(EventCase.PROCESS_EXEC).getProcessExec()
                    .getProcess();
            assertEquals(e.getValue(), process.getArguments(), e.getKey().name());
            assertEquals("execve rootcwd dataArgs", process.getFlags(), e.getKey().name());
            assertEquals(Map.of(), context.losses, e.getKey().name());
        }
    }

    @Test
    void aLostPieceIsAFlagAndCounted() throws Exception {
        List<byte[]> records = List.copyOf(records(Workload.ARGS_40000));
        List<byte[]> pieces = records.stream().filter(r -> r[0] == MsgOp.MSG_OP_DATA).toList();
        assertEquals(2, pieces.size());
        for (byte[] lost : pieces) {
            MemoryContext context = context();
            Process process = Decoded.of(context, records.stream().filter(r -> r != lost).toList())
                    .last(EventCase.PROCESS_EXEC).getProcessExec().getProcess();
            int kept = lost == pieces.get(0) ? 0 : 32 * 1024;
            String whole = "4".repeat(40_000) + " end";
            String shown = kept == 0 ? "" : whole.substring(0, kept - "/bin/true".length() - 1);
            assertEquals(shown, process.getArguments());
            assertEquals("execve truncArgs rootcwd dataArgs", process.getFlags());
            assertEquals("/bin/true".length() + 1 + whole.length() + 1 - kept,
                    context.losses.get("argument_bytes"), context.losses::toString);
        }
    }

    @Test
    void theEnvironmentIsShownVariableByVariable() throws Exception {
        assertEquals(Set.of(variable("ONE", "1"), variable("NONE", ""), variable("SPACE", "a b=c")),
                Set.copyOf(exec(Workload.ENVIRONMENT).getProcess().getEnvironmentVariablesList()));
        assertEquals(List.of(variable("LONG", "e".repeat(5000))),
                exec(Workload.ENVIRONMENT_5000).getProcess().getEnvironmentVariablesList());
    }

    @Test
    void theEnvironmentIsFilteredOrLeftOut() throws Exception {
        MemoryContext filtered = context().with("filter-environment-variables", List.of("ONE"));
        assertEquals(List.of(variable("ONE", "1")), Decoded.of(filtered, records(Workload.ENVIRONMENT))
                .last(EventCase.PROCESS_EXEC).getProcessExec().getProcess().getEnvironmentVariablesList());
        MemoryContext without = context().with("enable-process-environment-variables", false);
        assertEquals(List.of(), Decoded.of(without, records(Workload.ENVIRONMENT))
                .last(EventCase.PROCESS_EXEC).getProcessExec().getProcess().getEnvironmentVariablesList());
    }

    @Test
    void ancestorsAreShownWhereAskedFor() throws Exception {
        MemoryContext context = context().with("enable-ancestors", List.of("base"));
        ProcessExec exec = Decoded.of(context, records(Workload.SETUID_ROOT)).last(EventCase.PROCESS_EXEC)
                .getProcessExec();
        assertEquals(List.of("/usr/bin/setpriv", "/bin/sh"),
                exec.getAncestorsList().stream().map(Process::getBinary).toList());
        assertEquals(exec.getParent().getParentExecId(), exec.getAncestors(0).getExecId());
    }

    @Test
    void aForkWhoseParentIsUnknownIsCounted() throws Exception {
        MemoryContext context = context();
        List<byte[]> clones = records(Workload.PLAIN).stream().filter(r -> r[0] == MsgOp.MSG_OP_CLONE).toList();
        Decoded.of(context, clones);
        assertEquals(Map.of("fork_of_unknown_process", 1L), context.losses);
    }

    @Test
    void namespacesAreThoseOfTheRecord() throws Exception {
        List<byte[]> records = records(Workload.AGAIN);
        RingRecord r = first(records, MsgOp.MSG_OP_EXECVE);
        Process process = Decoded.of(context(), records).messages().get(0).getProcessExec().getProcess();
        assertEquals(r.getInt(MsgExecve.NS_UTS_INUM), process.getNs().getUts().getInum());
        assertEquals(r.getInt(MsgExecve.NS_IPC_INUM), process.getNs().getIpc().getInum());
        assertEquals(r.getInt(MsgExecve.NS_MNT_INUM), process.getNs().getMnt().getInum());
        assertEquals(r.getInt(MsgExecve.NS_PID_INUM), process.getNs().getPid().getInum());
        assertEquals(r.getInt(MsgExecve.NS_PID_CHILD_INUM), process.getNs().getPidForChildren().getInum());
        assertEquals(r.getInt(MsgExecve.NS_NET_INUM), process.getNs().getNet().getInum());
        assertEquals(r.getInt(MsgExecve.NS_TIME_INUM), process.getNs().getTime().getInum());
        assertEquals(r.getInt(MsgExecve.NS_TIME_CHILD_INUM), process.getNs().getTimeForChildren().getInum());
        assertEquals(r.getInt(MsgExecve.NS_CGROUP_INUM), process.getNs().getCgroup().getInum());
        assertEquals(r.getInt(MsgExecve.NS_USER_INUM), process.getNs().getUser().getInum());
    }

    private static EnvVar variable(String key, String value) {
        return EnvVar.newBuilder().setKey(key).setValue(value).build();
    }

    static RingRecord first(List<byte[]> records, int opcode) {
        return RingRecord.of(records.stream().filter(r -> r[0] == opcode).findFirst().orElseThrow());
    }
}
