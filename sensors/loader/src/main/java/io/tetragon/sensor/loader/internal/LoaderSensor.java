// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.ObjectFile;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.policy.sensor.PolicySensor;
import io.tetragon.sensor.loader.internal.abi.MsgOp;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.Component;

/**
 * Reports every binary and library that becomes executable in a process's memory, with its build id. The hooks are the
 * sensor's: however many policies ask, an event comes once.
 */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY,
        attribute = {"name=" + LoaderSensor.NAME, "sections:List<String>=\"loader\""})
public final class LoaderSensor implements PolicySensor {
    static final String NAME = "loader";

    private static final Log LOG = Log.of(LoaderSensor.class);
    private static final Duration ROUND = Duration.ofMillis(500);

    /** What the sensor has while it is enabled. */
    private record Parts(HookMethod method, FileWorker worker, MappingReporter reporter, LoaderDecoder decoder) {}

    private @Nullable Parts parts;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String policyName() {
        return "__loader__";
    }

    @Override
    public SensorPlan plan(SensorContext context) throws TetragonException {
        HookMethod method = HookMethod.of(context.kernel());
        FileWorker worker = new FileWorker();
        MappingReporter reporter = new MappingReporter(context, worker, new BuildIdSearch(procfs(context)));
        LoaderDecoder decoder = new LoaderDecoder(context, reporter);
        parts = new Parts(method, worker, reporter, decoder);
        LOG.debug("hooks chosen", "sensor", NAME, "method", method);
        return SensorPlan.of(method.attach(ObjectPlan.of(NAME, ObjectFile.read(LoaderSensor.class, NAME))).build())
                .decoder(MsgOp.MSG_OP_LOADER, decoder::decode)
                .build();
    }

    @Override
    public void attached(SensorContext context) {
        Parts enabled = parts;
        if (enabled != null) {
            context.every(ROUND, () -> {
                if (enabled.worker().check()) {
                    context.countLoss("file_unanswered", 1);
                }
                enabled.reporter().publishOld();
            });
        }
    }

    @Override
    public void detached(SensorContext context) {
        Parts enabled = parts;
        parts = null;
        if (enabled != null) {
            enabled.worker().close();
            context.onReader(enabled.reporter()::publishAll);
        }
    }

    @Override
    public PolicyPlan plan(TracingPolicy policy, SensorContext context, BinarySets binaries) throws TetragonException {
        Parts enabled = parts;
        if (enabled == null) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "plan policy " + policy.name(),
                    "sensor loader is not enabled", "tetra sensors enable loader");
        }
        LoaderScan scan = new LoaderScan(context, enabled.reporter(), enabled.worker(), procfs(context),
                policy.options().loaderScan());
        scan.start();
        enabled.decoder().policies(1);
        return new Plan(enabled.decoder(), scan, warnings(policy, enabled.method()));
    }

    private static List<String> warnings(TracingPolicy policy, HookMethod method) {
        List<String> warnings = new ArrayList<>();
        if (!method.shortcoming().isEmpty()) {
            warnings.add(method.shortcoming());
        }
        if (!policy.namespace().isEmpty() || policy.workloads().restricted()) {
            warnings.add("loader reports the processes of all workloads");
        }
        return warnings;
    }

    private static Path procfs(SensorContext context) {
        return Path.of(context.settings().string("procfs"));
    }

    /** A policy's share: the wish for events, and a look at what runs. Control thread only. */
    private static final class Plan implements PolicyPlan {
        private final LoaderDecoder decoder;
        private final LoaderScan scan;
        private final List<String> warnings;
        private boolean wanted = true;

        Plan(LoaderDecoder decoder, LoaderScan scan, List<String> warnings) {
            this.decoder = decoder;
            this.scan = scan;
            this.warnings = warnings;
        }

        @Override
        public List<ObjectPlan> objects() {
            return List.of();
        }

        @Override
        public List<PlannedHook> hooks() {
            return List.of();
        }

        @Override
        public List<String> warnings() {
            return warnings;
        }

        @Override
        public void unloaded() {
            scan.cancel();
            if (wanted) {
                wanted = false;
                decoder.policies(-1);
            }
        }
    }
}
