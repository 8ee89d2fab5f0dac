// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.exec.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.ObjectFile;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.sensor.exec.internal.abi.MsgOp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.Component;

/**
 * Reports every exec and exit, and keeps the process map and the process cache that all other sensors rely on. Processes
 * that ran before are read from procfs.
 */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY, attribute = {"name=" + ExecSensor.NAME, "start=always"})
public final class ExecSensor implements Sensor {
    static final String NAME = "exec";

    private static final Log LOG = Log.of(ExecSensor.class);

    private @Nullable ExecDecoder decoder;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SensorPlan plan(SensorContext context) throws TetragonException {
        ExecDecoder records = new ExecDecoder(context);
        decoder = records;
        ObjectPlan.Builder object = ObjectPlan.of(NAME, ObjectFile.read(ExecSensor.class, NAME))
                .constant("environment_enabled",
                        context.settings().bool("enable-process-environment-variables") ? 1 : 0)
                .constant("throttle_enabled", context.settings().rate("cgroup-rate").isLimit() ? 1 : 0)
                .attach("exec_fork")
                .attach("exec_process")
                .attach("exec_exit");
        boolean spares = context.kernel().hasPreemptibleTracepoints();
        if (spares) {
            object.constant("spares", 1)
                    .size("exec_scratch", 2)
                    .size("value_scratch", 2)
                    .spare("exec_fork", "exec_fork_spare")
                    .spare("exec_process", "exec_process_spare")
                    .spare("exec_exit", "exec_exit_spare");
        }
        String credentials = credentialsProgram(context.kernel());
        if (credentials == null) {
            LOG.warn("privileges gained by exec are not seen", "sensor", NAME, "reason",
                    "this kernel has neither the tracepoint sched_prepare_exec nor fentry nor kprobes");
        } else {
            object.attach(credentials);
            if (spares && credentials.equals("exec_prepare")) {
                object.spare(credentials, "exec_prepare_spare");
            }
        }
        return SensorPlan.of(object.build())
                .decoder(MsgOp.MSG_OP_EXECVE, records::execve)
                .decoder(MsgOp.MSG_OP_CLONE, records::clone)
                .decoder(MsgOp.MSG_OP_EXIT, records::exit)
                .decoder(MsgOp.MSG_OP_DATA, records::data)
                .build();
    }

    @Override
    public void attached(SensorContext context) throws TetragonException {
        BpfMap processes = context.map("process_map");
        ExecDecoder records = decoder;
        if (processes == null || records == null) {
            throw new TetragonException(TetragonException.Kind.INTERNAL, "attach sensor exec",
                    "its object has no process_map", "install the bundle anew");
        }
        new ProcessScan(context, processes).run();
        context.every(Duration.ofSeconds(1), records::forgetOldData);
    }

    /** Nobody tells any more when the known processes end, so they are forgotten, here and in the kernel. */
    @Override
    public void detached(SensorContext context) {
        context.onReader(context.processes()::forgetAll);
        BpfMap processes = context.map("process_map");
        if (processes != null) {
            List<byte[]> keys = new ArrayList<>();
            processes.forEach((key, value) -> keys.add(key));
            keys.forEach(processes::delete);
        }
    }

    private static @Nullable String credentialsProgram(KernelFeatures kernel) {
        if (kernel.hasRawTracepoint("sched_prepare_exec")) {
            return "exec_prepare";
        }
        if (kernel.has("fentry")) {
            return "exec_creds_fentry";
        }
        return kernel.has("kprobe") ? "exec_creds_kprobe" : null;
    }
}
