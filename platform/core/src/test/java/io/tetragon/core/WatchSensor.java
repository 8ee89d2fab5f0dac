// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.Attachment;
import io.tetragon.api.sensor.ObjectPlan;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.api.sensor.SensorPlan;
import io.tetragon.bpf.BpfObject;
import io.tetragon.bpf.RingRecord;
import io.tetragon.policy.model.TracepointSpec;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import io.tetragon.policy.sensor.PolicyPlan;
import io.tetragon.policy.sensor.PolicySensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Serves policies whose tracepoints say by their event what happens: {@code watch} counts the system calls of the watched
 * process, anything else fails in the way of its name.
 */
class WatchSensor implements PolicySensor {
    static final String NAME = "watch";
    static final int OPCODE = 210;
    private static final int HOOK = 16;

    private final long target;
    private final AtomicLong nextHook = new AtomicLong();
    final Map<Integer, AtomicLong> decoded = new ConcurrentHashMap<>();
    /** Objects that were attached, in their order. */
    final List<BpfObject> attached = new CopyOnWriteArrayList<>();
    final AtomicLong planned = new AtomicLong();
    final AtomicLong unloaded = new AtomicLong();
    /** Records that were in the ring and not decoded when their policy was forgotten. */
    final AtomicLong missing = new AtomicLong();
    private volatile boolean failing;

    WatchSensor(long target) {
        this.target = target;
    }

    /** Makes the decoder throw at the next record. */
    void fail() {
        failing = true;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String policyName() {
        return "generic_watch";
    }

    @Override
    public SensorPlan plan(SensorContext context) {
        return SensorPlan.of().decoder(OPCODE, this::decode).build();
    }

    private void decode(RingRecord record) {
        if (failing) {
            failing = false;
            throw new IllegalStateException("broken");
        }
        decoded.computeIfAbsent(record.getInt(HOOK), hook -> new AtomicLong()).incrementAndGet();
    }

    @Override
    public PolicyPlan plan(TracingPolicy policy, SensorContext context, BinarySets binaries) throws TetragonException {
        List<ObjectPlan> objects = new ArrayList<>();
        List<PolicyPlan.PlannedHook> hooks = new ArrayList<>();
        Map<Integer, BpfObject> loaded = new ConcurrentHashMap<>();
        for (TracepointSpec tracepoint : policy.tracepoints()) {
            int hook = (int) nextHook.incrementAndGet();
            List<String> labels = tracepoint.selectors().stream().map(selector -> selector.label()).toList();
            PolicyPlan.State state = tracepoint.event().equals("absent")
                    ? PolicyPlan.State.CALL_NOT_FOUND : PolicyPlan.State.LOADED;
            hooks.add(new PolicyPlan.PlannedHook("kprobes", hooks.size(), tracepoint.event(), state, labels,
                    state == PolicyPlan.State.LOADED ? List.of(objects.size()) : List.of()));
            if (state == PolicyPlan.State.LOADED) {
                objects.add(object(tracepoint.event(), hook, loaded));
            }
        }
        planned.incrementAndGet();
        return new Plan(objects, hooks, loaded);
    }

    private ObjectPlan object(String event, int hook, Map<Integer, BpfObject> loaded) throws TetragonException {
        switch (event) {
            case "throws" -> throw new IllegalStateException("a bug of the sensor");
            case "links" -> throw new NoSuchMethodError("compiled for another version");
            case "unsupported" -> throw new TetragonException(TetragonException.Kind.UNSUPPORTED, "plan a hook",
                    "the kernel lacks kprobes", "use another one");
            default -> { }
        }
        ObjectPlan.Builder plan = ObjectPlan.of("watch-" + hook,
                        FloodSensor.resource(event.equals("refused") ? "watch_refused" : "watch"))
                .constant("op", OPCODE).constant("hook", integer(hook))
                .size("targets", 2).entry("targets", integer((int) target), integer(1))
                .omit("unused").policyMap("policy_conf").program("watch")
                .attach(new Attachment() {
                    @Override
                    public AutoCloseable attach(BpfObject object) throws TetragonException {
                        loaded.put(hook, object);
                        attached.add(object);
                        return Attachment.ofSection("watch").attach(object);
                    }

                    @Override
                    public String description() {
                        return "the watch";
                    }
                });
        if (event.equals("unattachable")) {
            plan.attach(new Attachment() {
                @Override
                public AutoCloseable attach(BpfObject object) {
                    return object.program("watch").attachRawTracepoint("no_such_tracepoint");
                }

                @Override
                public String description() {
                    return "nothing";
                }
            });
        }
        return plan.build();
    }

    static byte[] integer(int value) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    private final class Plan implements PolicyPlan {
        private final List<ObjectPlan> objects;
        private final List<PlannedHook> hooks;
        private final Map<Integer, BpfObject> loaded;

        Plan(List<ObjectPlan> objects, List<PlannedHook> hooks, Map<Integer, BpfObject> loaded) {
            this.objects = objects;
            this.hooks = hooks;
            this.loaded = loaded;
        }

        @Override
        public List<ObjectPlan> objects() {
            return objects;
        }

        @Override
        public List<PlannedHook> hooks() {
            return hooks;
        }

        @Override
        public List<String> warnings() {
            return List.of();
        }

        @Override
        public void unloaded() {
            unloaded.incrementAndGet();
            loaded.forEach((hook, object) -> missing.addAndGet(posted(object)
                    - decoded.getOrDefault(hook, new AtomicLong()).get()));
        }

        private long posted(BpfObject object) {
            ByteBuffer counters = ByteBuffer.wrap(object.map("hook_stats").lookup(integer(0)).orElseThrow())
                    .order(ByteOrder.LITTLE_ENDIAN);
            long sum = 0;
            int stride = object.map("hook_stats").valueSize();
            for (int at = 0; at < counters.capacity(); at += stride) {
                sum += counters.getLong(at);
            }
            return sum;
        }
    }
}
