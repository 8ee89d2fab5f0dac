// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.RingBuffer;
import io.tetragon.bpf.RingRecord;
import io.tetragon.sensor.exec.internal.abi.MsgClone;
import io.tetragon.sensor.exec.internal.abi.MsgData;
import io.tetragon.sensor.exec.internal.abi.MsgExecve;
import io.tetragon.sensor.exec.internal.abi.MsgExit;
import io.tetragon.sensor.exec.internal.abi.MsgOp;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The sensor's object, loaded and attached on this kernel without the platform: with maps of its own. */
final class LoadedExec implements AutoCloseable {
    private static final List<String> LIFE = List.of("exec_fork", "exec_process", "exec_exit");
    /** Best first, as the sensor chooses. */
    private static final List<String> CREDENTIALS =
            List.of("exec_prepare", "exec_creds_fentry", "exec_creds_kprobe");
    /** The JDK starts every process by way of this one. */
    private static final String HELPER = "jspawnhelper";

    private final BpfObject object;
    private final RingBuffer ring;
    private final String credentials;

    private LoadedExec(BpfObject object, String credentials) {
        this.object = object;
        this.credentials = credentials;
        ring = RingBuffer.open(object.map("events"));
    }

    /** Returns why the object cannot be loaded here, empty if it can. */
    static String obstacle() {
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                return "not run by root";
            }
            if (!Files.isReadable(Path.of("/sys/kernel/btf/vmlinux"))) {
                return "this kernel has no BTF";
            }
            if (!Files.exists(Path.of("/sys/fs/cgroup/cgroup.procs")) && !Files.exists(Path.of("/sys/fs/cgroup/unified"))) {
                return "no cgroup v2 is mounted";
            }
            BpfMap.create(new MapSpec("probe", MapType.ARRAY, Integer.BYTES, Integer.BYTES, 1, 0)).close();
            return "";
        } catch (BpfException e) {
            return "BPF cannot be used: " + e.getMessage();
        } catch (IOException e) {
            return "no procfs: " + e.getMessage();
        }
    }

    /** Loads and attaches, with the first program for credentials that this kernel takes. */
    static LoadedExec attach() throws IOException {
        return attach(object -> {});
    }

    /** @param preparation done before loading */
    static LoadedExec attach(Consumer<BpfObject> preparation) throws IOException {
        BpfException refused = null;
        for (String program : CREDENTIALS) {
            BpfObject object = open(program);
            try {
                preparation.accept(object);
                object.load();
                LIFE.forEach(name -> object.program(name).attach());
                object.program(program).attach();
                return new LoadedExec(object, program);
            } catch (BpfException e) {
                object.close();
                refused = e;
            }
        }
        throw new IOException("the kernel refuses the exec object: " + refused, refused);
    }

    private static BpfObject open(String credentials) throws IOException {
        try (InputStream in = ExecSensor.class.getResourceAsStream("/bpf/exec.bpf.o")) {
            if (in == null) {
                throw new IOException("the module was not built: /bpf/exec.bpf.o is missing");
            }
            BpfObject object = BpfObject.open(in.readAllBytes(), "exec");
            object.setConstant("environment_enabled", 1);
            object.programs().forEach(program ->
                    program.setAutoload(LIFE.contains(program.name()) || program.name().equals(credentials)));
            return object;
        }
    }

    /** Returns the names of the programs that were loaded. */
    List<String> programs() {
        List<String> names = new ArrayList<>(LIFE);
        names.add(credentials);
        return names;
    }

    BpfObject object() {
        return object;
    }

    /** Returns all records since the last call, data records without what is behind their contents. */
    List<byte[]> drain() {
        List<byte[]> records = new ArrayList<>();
        ring.drain(r -> {
            int length = r.getByte(0) == MsgOp.MSG_OP_DATA ? MsgData.SIZE + r.getInt(MsgData.LENGTH) : r.length();
            byte[] bytes = new byte[length];
            r.getBytes(0, bytes, 0, length);
            records.add(bytes);
        }, Integer.MAX_VALUE);
        return records;
    }

    /** Returns the records of a process and of its children, without the JDK's helper that became the process. */
    static List<byte[]> ofProcess(List<byte[]> records, long pid) {
        Set<Integer> pids = new HashSet<>(Set.of((int) pid));
        List<byte[]> kept = new ArrayList<>();
        Set<Long> helpers = new HashSet<>();
        for (byte[] bytes : records) {
            RingRecord r = RingRecord.of(bytes);
            if (r.getByte(0) == MsgOp.MSG_OP_EXECVE && path(bytes).endsWith(HELPER)) {
                helpers.add(r.getLong(MsgExecve.PROCESS_KTIME));
            }
        }
        for (byte[] bytes : records) {
            RingRecord r = RingRecord.of(bytes);
            if (r.getByte(0) == MsgOp.MSG_OP_CLONE && pids.contains(r.getInt(MsgClone.PARENT_PID))) {
                pids.add(r.getInt(MsgClone.PROCESS_PID));
            }
            int own = r.getInt(MsgExit.PROCESS_PID);
            if (pids.contains(own) && !helpers.contains(r.getLong(MsgExit.PROCESS_KTIME))) {
                kept.add(bytes);
            }
        }
        return kept;
    }

    private static String path(byte[] execve) {
        int size = RingRecord.of(execve).getInt(MsgExecve.PATH_SIZE);
        return new String(Arrays.copyOfRange(execve, MsgExecve.SIZE, MsgExecve.SIZE + Math.max(0, size - 1)),
                StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        ring.close();
        object.close();
    }
}
