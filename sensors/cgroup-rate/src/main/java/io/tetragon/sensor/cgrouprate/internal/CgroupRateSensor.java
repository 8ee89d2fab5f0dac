// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.cgrouprate.internal;

import io.tetragon.api.EventRate;
import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.Attached;
import io.tetragon.api.sensor.Attachment;
import io.tetragon.api.sensor.ObjectFile;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfLink;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.BpfObject;
import io.tetragon.sensor.cgrouprate.internal.abi.MsgOp;
import io.tetragon.sensor.cgrouprate.internal.abi.ThrottleLimit;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.Component;

/**
 * Limits the base events of each cgroup to the rate of {@code --cgroup-rate}, and tells when a cgroup reaches it and when it
 * is below again. The exec sensor's programs check the limit; as long as this sensor is attached there is one.
 */
@Component(service = Sensor.class)
@Capability(namespace = Sensor.CAPABILITY,
        attribute = {"name=" + CgroupRateSensor.NAME, "start=always", "flag=" + CgroupRateSensor.FLAG})
public final class CgroupRateSensor implements Sensor {
    static final String NAME = "cgroup-rate";

    private static final Log LOG = Log.of(CgroupRateSensor.class);
    static final String FLAG = "cgroup-rate";

    /** How long the rate has to stay below the limit. */
    static final Duration QUIET = Duration.ofSeconds(5);

    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration SWEEP = Duration.ofSeconds(10);
    private static final byte[] NO_LIMIT = new byte[ThrottleLimit.SIZE];

    private @Nullable Throttling throttling;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public SensorPlan plan(SensorContext context) throws TetragonException {
        EventRate limit = context.settings().rate(FLAG);
        if (!limit.isLimit()) {
            throw new TetragonException(TetragonException.Kind.FAILED_PRECONDITION, "enable sensor " + NAME,
                    "the agent was started without a limit", "start it with --" + FLAG + "=EVENTS,INTERVAL");
        }
        Throttling state = new Throttling(context, limit);
        throttling = state;
        return SensorPlan.of(ObjectPlan.of(NAME, ObjectFile.read(CgroupRateSensor.class, NAME)).attach("cgroup_gone").attach(new Limit(limit)).build())
                .decoder(MsgOp.MSG_OP_THROTTLE, state::started)
                .build();
    }

    @Override
    public void attached(SensorContext context) {
        Throttling state = throttling;
        BpfMap rates = context.map("throttle_rates");
        if (state != null && rates != null) {
            context.every(LOOK, () -> unlessForbidden(() -> state.look(rates, System.nanoTime())));
            context.every(SWEEP, () -> unlessForbidden(() -> state.sweep(rates, System.nanoTime())));
        }
    }

    /** A policy may forbid the agent itself to read maps; what was not looked at is looked at when it is gone. */
    private static void unlessForbidden(Runnable look) {
        try {
            look.run();
        } catch (BpfException e) {
            LOG.debug("rates not read", "sensor", NAME, "reason", e.getMessage());
        }
    }

    /**
     * Without a limit no cgroup is throttled, and what was counted says nothing about the next one. The map is the object's,
     * which is closed before the reader comes to its task.
     */
    @Override
    public void detached(SensorContext context) {
        Throttling state = throttling;
        BpfMap rates = context.map("throttle_rates");
        throttling = null;
        if (state != null && rates != null) {
            Map<Long, CgroupRate> counted = Throttling.takeAll(rates);
            long now = System.nanoTime();
            context.onReader(() -> state.end(counted, now));
        }
    }

    /** The limit in the kernel, for as long as it is attached. */
    private record Limit(EventRate rate) implements Attachment {
        @Override
        public AutoCloseable attach(BpfObject object) {
            BpfMap map = object.map("throttle_limit");
            byte[] key = new byte[Integer.BYTES];
            ByteBuffer value = ByteBuffer.allocate(ThrottleLimit.SIZE).order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(ThrottleLimit.EVENTS, rate.events())
                    .putLong(ThrottleLimit.INTERVAL, rate.interval().toNanos())
                    .putLong(ThrottleLimit.QUIET, QUIET.toNanos());
            map.update(key, value.array(), BpfMap.ANY);
            return new Attached() {
                @Override
                public List<BpfLink> links() {
                    return List.of();
                }

                @Override
                public void close() {
                    map.update(key, NO_LIMIT, BpfMap.ANY);
                }
            };
        }

        @Override
        public String description() {
            return "limit of " + rate.events() + " events in " + rate.interval().toMillis() + " ms";
        }
    }
}
