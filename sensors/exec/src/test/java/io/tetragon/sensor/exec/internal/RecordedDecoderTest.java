// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.bpf.RingRecord;
import io.tetragon.proto.ProcessExit;
import io.tetragon.sensor.exec.internal.abi.MsgClone;
import io.tetragon.sensor.exec.internal.abi.MsgExecve;
import io.tetragon.sensor.exec.internal.abi.MsgExit;
import io.tetragon.sensor.exec.internal.abi.MsgOp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Records as a kernel made them once: needs neither root nor BPF. */
class RecordedDecoderTest extends DecoderCases {
    @Override
    List<byte[]> records(Workload workload) throws IOException {
        return workload.recorded();
    }

    @Test
    void linesAreThoseOfTheInterfaceToTheLetter() throws IOException {
        List<byte[]> records = records(Workload.QUOTED);
        RingRecord clone = first(records, MsgOp.MSG_OP_CLONE);
        RingRecord exit = first(records, MsgOp.MSG_OP_EXIT);
        int pid = clone.getInt(MsgClone.PROCESS_PID);
        int parentPid = clone.getInt(MsgClone.PARENT_PID);
        long ktime = exit.getLong(MsgExit.PROCESS_KTIME);
        long parentKtime = clone.getLong(MsgClone.PARENT_KTIME);
        long grandKtime = RingRecord.of(records.get(0)).getLong(
                MsgExecve.REPLACED_KTIME);
        MemoryContext context = new MemoryContext(Path.of("/nonexistent"), false)
                .with("enable-process-environment-variables", false);
        List<String> lines = Decoded.of(context, records).lines();
        String process = "\"process\":{\"exec_id\":\"" + id(pid, ktime) + "\",\"pid\":" + pid
                + ",\"uid\":0,\"cwd\":\"/\",\"binary\":\"/bin/echo\",\"arguments\":\" \\\"two words\\\"\""
                + ",\"flags\":\"execve rootcwd clone\",\"start_time\":\"" + time(ktime)
                + "\",\"auid\":4294967295,\"parent_exec_id\":\"" + id(parentPid, parentKtime) + "\"";
        String parent = "\"parent\":{\"exec_id\":\"" + id(parentPid, parentKtime) + "\",\"pid\":" + parentPid
                + ",\"uid\":0,\"cwd\":\"/\",\"binary\":\"/bin/sh\""
                + ",\"arguments\":\"-c \\\"/bin/echo 'two words'; :\\\"\",\"flags\":\"execve rootcwd\",\"start_time\":\""
                + time(parentKtime) + "\",\"auid\":4294967295,\"parent_exec_id\":\"" + id(parentPid, grandKtime) + "\"";
        assertEquals("{\"process_exec\":{" + process + ",\"refcnt\":1,\"tid\":" + pid + ",\"in_init_tree\":false},"
                + parent + ",\"refcnt\":2,\"tid\":" + parentPid + ",\"in_init_tree\":false}},\"node_name\":\"node1\""
                + ",\"time\":\"" + time(ktime) + "\"}", lines.get(1));
        String end = time(exit.getLong(MsgExit.COMMON_KTIME));
        assertEquals("{\"process_exit\":{" + process + ",\"tid\":" + pid + ",\"in_init_tree\":false},"
                + parent + ",\"refcnt\":1,\"tid\":" + parentPid + ",\"in_init_tree\":false},\"time\":\"" + end
                + "\"},\"node_name\":\"node1\",\"time\":\"" + end + "\"}", lines.get(2));
    }

    /** Of the wait status: the signal, the mark of a core dump, the status. */
    @ParameterizedTest(name = "{0} is signal {1}, status {2}")
    @CsvSource({"0, '', 0", "0x100, '', 1", "0xff00, '', 255", "9, SIGKILL, 0", "15, SIGTERM, 0", "0x8b, SIGSEGV, 0",
        "0x86, SIGABRT, 0", "34, SIGRTMIN, 0", "0x7f, SIGRTMIN+93, 0", "0xffffffff, SIGRTMIN+93, 255"})
    void theWaitStatusIsSplit(String code, String signal, int status) throws IOException {
        byte[] exit = records(Workload.QUOTED).stream().filter(r -> r[0] == MsgOp.MSG_OP_EXIT).findFirst()
                .orElseThrow().clone();
        ByteBuffer.wrap(exit).order(ByteOrder.LITTLE_ENDIAN).putInt(MsgExit.CODE, Long.decode(code).intValue());
        ProcessExit event = Decoded.of(context(), List.of(exit)).messages().get(0).getProcessExit();
        assertEquals(signal, event.getSignal());
        assertEquals(status, event.getStatus());
    }

    @Test
    void anExitOfNobodyKnownIsStillTold() throws IOException {
        byte[] exit = records(Workload.STATUS).stream().filter(r -> r[0] == MsgOp.MSG_OP_EXIT).findFirst()
                .orElseThrow();
        ProcessExit event = Decoded.of(context(), List.of(exit)).messages().get(0).getProcessExit();
        assertEquals(RingRecord.of(exit).getInt(MsgExit.PROCESS_PID), event.getProcess().getPid().getValue());
        assertEquals("unknown", event.getProcess().getFlags());
        assertEquals(3, event.getStatus());
    }

    private static String id(int pid, long ktime) {
        return Base64.getEncoder().encodeToString(("node1:" + ktime + ":" + pid).getBytes(StandardCharsets.UTF_8));
    }

    private static String time(long ktime) {
        long nanos = MemoryContext.EPOCH + ktime;
        return Instant.ofEpochSecond(nanos / 1_000_000_000L, nanos % 1_000_000_000L).toString();
    }
}
