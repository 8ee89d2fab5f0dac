// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import io.tetragon.api.Node;
import io.tetragon.api.Settings;
import io.tetragon.api.TetragonException;
import io.tetragon.api.listener.EventBus;
import io.tetragon.api.log.Log;
import io.tetragon.api.process.Namespaces;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.BpfMapping;
import io.tetragon.bpf.KernelFeatures;
import io.tetragon.bpf.RingBuffer;
import io.tetragon.core.internal.abi.HookAccount;
import io.tetragon.core.internal.abi.ProcessAccount;
import io.tetragon.core.internal.abi.RingAccount;
import io.tetragon.core.internal.abi.ThrottleAccount;
import io.tetragon.core.internal.cache.ProcessCache;
import io.tetragon.core.internal.cache.ProcessEncoding;
import io.tetragon.core.internal.cache.UserNames;
import io.tetragon.core.internal.event.EventHub;
import io.tetragon.core.internal.event.MonotonicClock;
import io.tetragon.core.internal.event.Pipeline;
import io.tetragon.core.internal.event.RingReader;
import io.tetragon.core.internal.pin.Pins;
import io.tetragon.core.internal.policy.BinarySetRegistry;
import io.tetragon.core.internal.policy.PolicyController;
import io.tetragon.core.internal.policyfilter.PolicyFilterRegistry;
import io.tetragon.core.internal.sensor.ControlThread;
import io.tetragon.core.internal.sensor.Losses;
import io.tetragon.core.internal.sensor.Platform;
import io.tetragon.core.internal.sensor.SensorController;
import io.tetragon.core.internal.sensor.SharedMaps;
import io.tetragon.policy.PolicyContext;
import io.tetragon.proto.EventType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The running middle of the agent: shared maps, ring reader, process cache, event bus, sensor and policy manager. */
public final class Core implements AutoCloseable {
    private static final Log LOG = Log.of(Core.class);

    /** Bound of the process cache's estimated size. */
    private static final long PROCESS_CACHE_BYTES = 24L << 20;

    private static final Map<String, Integer> PROCESS_ACCOUNTS = Map.of(
            "fork_of_unknown_parent", ProcessAccount.PROCESS_FORK_PARENT_UNKNOWN,
            "exec_of_unknown_process", ProcessAccount.PROCESS_EXEC_UNKNOWN,
            "exit_of_unknown_process", ProcessAccount.PROCESS_EXIT_UNKNOWN,
            "map_full", ProcessAccount.PROCESS_MAP_FULL);
    private static final Map<String, Integer> THROTTLE_ACCOUNTS = Map.of(
            "throttled_exec", ThrottleAccount.THROTTLE_EXEC,
            "throttled_clone", ThrottleAccount.THROTTLE_CLONE,
            "throttled_exit", ThrottleAccount.THROTTLE_EXIT,
            "map_full", ThrottleAccount.THROTTLE_MAP_FULL);
    private static final Map<String, Integer> HOOK_ACCOUNTS = Map.of(
            "call_not_looked_at", HookAccount.HOOK_SCRATCH_BUSY,
            "no_place_for_return", HookAccount.HOOK_RETURN_NO_PLACE,
            "return_never_came", HookAccount.HOOK_RETURN_STALE,
            "file_hash_unknown", HookAccount.HOOK_HASH_UNKNOWN,
            "action_failed", HookAccount.HOOK_ACTION_FAILED,
            "enforcer_notice_lost", HookAccount.HOOK_NOTICE_LOST,
            "enforcer_notice_stale", HookAccount.HOOK_NOTICE_STALE,
            "enforcing_argument_unread", HookAccount.HOOK_ARGUMENT_UNREAD);

    /** Owner of the losses of programs that an earlier agent left. */
    private static final String KEPT = "kept_sensors";

    private static final long LAST_RECORDS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LAST_EVENTS_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

    private final SharedMaps maps;
    private final Pins pins;
    private final BinarySetRegistry binaries;
    private final RingBuffer ring;
    private final BpfMapping control;
    private final RingReader reader;
    private final EventHub hub;
    private final Platform platform;
    private final ControlThread changes = new ControlThread();
    private final SensorController sensors;
    private final PolicyFilterRegistry filters;
    private final PolicyController policies;
    private volatile boolean left;
    private boolean closed;

    private Core(Settings settings, Node node, BundleControl bundles, PolicyContext context, Losses losses, Pins pins,
            SharedMaps maps, RingBuffer ring, BpfMapping control, PolicyFilterRegistry filters)
            throws TetragonException {
        this.maps = maps;
        this.pins = pins;
        binaries = new BinarySetRegistry(maps);
        this.ring = ring;
        this.control = control;
        this.filters = filters;
        Path procfs = Path.of(settings.string("procfs"));
        MonotonicClock clock = new MonotonicClock(procfs);
        hub = new EventHub(node, clock, settings.list("enable-ancestors").contains("base")
                ? Set.of(EventType.PROCESS_EXEC, EventType.PROCESS_EXIT)
                : Set.of());
        Namespaces host = Namespaces.ofHost(procfs);
        UserNames users = "unix".equals(settings.string("username-metadata"))
                ? UserNames.ofHost(host)
                : UserNames.none();
        boolean credentials = settings.bool("enable-process-cred");
        ProcessCache processes = new ProcessCache(
                new ProcessEncoding(node.name(), credentials, settings.bool("enable-process-ns"), host),
                users, PROCESS_CACHE_BYTES, (int) settings.number("process-cache-size"));
        Pipeline pipeline = new Pipeline(processes, hub,
                TimeUnit.SECONDS.toNanos(settings.number("event-cache-retry-delay")),
                (int) settings.number("event-cache-retries"));
        reader = new RingReader(ring, control.buffer(), hub, this::decoderFailed);
        platform = new Platform(settings, node, new KernelFeatures(), maps, reader, processes, pipeline, clock,
                losses, pins);
        sensors = new SensorController(platform, bundles, changes, binaries::sortRunning);
        policies = new PolicyController(platform, changes, sensors, binaries, filters,
                filters.enabled() ? context.withPolicyFilter() : context,
                restoresPolicies(settings) ? Path.of(settings.string("persist-grpc-policies-dir")) : null);
        Duration collect = settings.duration("process-cache-gc-interval");
        pipeline.schedule(reader, clock, collect.toNanos());
    }

    /**
     * Creates the shared maps and starts the reader. No sensor is loaded yet.
     *
     * @param bundles owner of the bundles of sensors
     * @param context what policies are checked against
     * @throws TetragonException if this kernel or this user cannot, or sensors are to be kept and that is not possible
     */
    public static Core start(Settings settings, Node node, BundleControl bundles, PolicyContext context)
            throws TetragonException {
        Losses losses = new Losses();
        Pins pins = null;
        SharedMaps maps = null;
        RingBuffer ring = null;
        BpfMapping control = null;
        PolicyFilterRegistry filters = null;
        try {
            pins = Pins.open(settings, (reason, count) -> losses.add(KEPT, reason, count));
            maps = SharedMaps.create(settings);
            pins.accounts(maps.all());
            ring = RingBuffer.open(maps.map("events"));
            control = maps.map("ring_control").mmap();
            filters = PolicyFilterRegistry.start(settings, maps);
            Core core = new Core(settings, node, bundles, context, losses, pins, maps, ring, control,
                    filters);
            core.reader.start();
            return core;
        } catch (BpfException e) {
            undo(pins, filters, control, ring, maps);
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, e.operation(), e.reason(), e.remedy(), e);
        } catch (TetragonException | RuntimeException | Error e) {
            undo(pins, filters, control, ring, maps);
            throw e;
        }
    }

    private static void undo(@Nullable Pins pins, @Nullable PolicyFilterRegistry filters,
            @Nullable BpfMapping control, @Nullable RingBuffer ring, @Nullable SharedMaps maps) {
        if (pins != null) {
            pins.giveUp();
            pins.close();
        }
        close(filters, control, ring, maps);
    }

    private static void close(@Nullable PolicyFilterRegistry filters, @Nullable BpfMapping control,
            @Nullable RingBuffer ring, @Nullable SharedMaps maps) {
        if (filters != null) {
            filters.close();
        }
        if (control != null) {
            control.close();
        }
        if (ring != null) {
            ring.close();
        }
        if (maps != null) {
            maps.close();
        }
    }

    /** Returns the service by which listeners subscribe. */
    public EventBus events() {
        return hub;
    }

    /** Returns the sensor manager. */
    public SensorManager sensors() {
        return sensors;
    }

    /** Returns the policy manager. */
    public PolicyManager policies() {
        return policies;
    }

    /** Tells whether the policies of clients survive the agent: then they are restored before there are clients. */
    public static boolean restoresPolicies(Settings settings) {
        return settings.bool("persist-grpc-policies");
    }

    /** Loads the policies that clients of the last agent had added, once the sensors are there; see the list for failures. */
    public void restorePolicies() throws TetragonException {
        policies.restore();
    }

    /** Returns the containers that policies may be restricted to. */
    public PolicyFilter policyFilter() {
        return filters;
    }

    /** Returns what this kernel can do. */
    public KernelFeatures kernel() {
        return platform.kernel();
    }

    /** Returns the accounts of the ring. For any thread. */
    public RingLedger ringLedger() {
        long produced = 0;
        long lost = 0;
        BpfMap accounts = maps.map("ring_accounts");
        for (int opcode = 0; opcode < RingReader.OPCODES; opcode++) {
            ByteBuffer cpus = perCpu(accounts, opcode);
            produced += sum(cpus, RingAccount.SIZE, RingAccount.PRODUCED);
            lost += sum(cpus, RingAccount.SIZE, RingAccount.LOST);
        }
        return new RingLedger(produced, reader.consumed(), lost, reader.unknown(), reader.malformed());
    }

    /**
     * Returns what else went wrong, by {@code sensor/reason}: losses that sensors found by themselves, and what the programs
     * counted of processes that the kernel's map does not know, of events kept back because of their cgroup's rate, and of
     * hooks' calls that they could not keep.
     */
    public Map<String, Long> losses() {
        Map<String, Long> losses = platform.losses().snapshot();
        addAccounts(losses, "process_map", PROCESS_ACCOUNTS, maps.map("process_accounts"));
        addAccounts(losses, "cgroup-rate", THROTTLE_ACCOUNTS, maps.map("throttle_accounts"));
        addAccounts(losses, "hooks", HOOK_ACCOUNTS, maps.map("hook_accounts"));
        return losses;
    }

    private static void addAccounts(Map<String, Long> losses, String owner, Map<String, Integer> reasons, BpfMap accounts) {
        for (Map.Entry<String, Integer> reason : reasons.entrySet()) {
            long count = sum(perCpu(accounts, reason.getValue()), Long.BYTES, 0);
            if (count > 0) {
                losses.put(owner + '/' + reason.getKey(), count);
            }
        }
    }

    /**
     * The start is complete: every policy that was given to this agent is loaded or has failed. What earlier agents left in
     * force is replaced by now and let go; what could not be replaced stays, with a warning for each policy.
     */
    public void startComplete() {
        policies.takeOver(sensors.failed());
    }

    /** The start has failed: nothing of it is to stay in force, whatever the flags say. */
    public void startFailed() {
        pins.giveUp();
    }

    /**
     * Detaches every policy and sensor, unless they are to be kept, and waits, for less than a second, until what they sent was
     * delivered by the listeners: the first step of the end, before exporters and clients go. Doing it twice does nothing.
     */
    public void quiesce() {
        if (left) {
            return;
        }
        if (pins.keeps() && policies.anyLoaded()) {
            left = true;
            leave();
            return;
        }
        pins.giveUp();
        policies.detachAll();
        sensors.detachAll();
        reader.execute(platform.pipeline()::publishParked);
        reader.awaitDrained(LAST_RECORDS_NANOS);
        hub.awaitDelivered(LAST_EVENTS_NANOS);
    }

    /** What kept programs send from here on stays in the ring, for the next agent to count. */
    private void leave() {
        PolicyController.Left left = policies.leaveAll();
        long bytes = left.bytes() + sensors.leaveAll();
        for (BpfMap map : maps.all().values()) {
            bytes += map.memoryBytes();
        }
        reader.execute(platform.pipeline()::publishParked);
        reader.awaitDrained(LAST_RECORDS_NANOS);
        reader.close();
        hub.awaitDelivered(LAST_EVENTS_NANOS);
        pins.leave(lostSoFar());
        LOG.info("policies stay in force without the agent", "policies", left.names(), "pins", pins.directory(),
                "kernel_memory_bytes", bytes, "reason", "--keep-sensors-on-exit");
    }

    /** A policy may forbid the agent itself to read maps, and is kept all the same: then all losses are the kept programs'. */
    private long lostSoFar() {
        try {
            return ringLedger().lost();
        } catch (BpfException e) {
            LOG.warn("ring ledger not read", "reason", e.getMessage());
            return 0;
        }
    }

    /** Detaches every sensor, delivers what is on its way, and logs the accounts. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        quiesce();
        changes.close();
        reader.close();
        hub.close();
        try {
            logLedgers();
        } catch (BpfException e) {
            LOG.warn("ledgers not read", "reason", e.getMessage());
        }
        platform.kernel().close();
        binaries.close();
        close(filters, control, ring, maps);
        pins.close();
    }

    private void logLedgers() {
        RingLedger ledger = ringLedger();
        LOG.info("ring ledger", "produced", ledger.produced(), "consumed", ledger.consumed(), "lost", ledger.lost(),
                "unknown", ledger.unknown(), "malformed", ledger.malformed());
        ProcessCache.Stats cache = platform.processes().stats();
        LOG.info("event ledger", "parked", platform.pipeline().parkedTotal(), "incomplete",
                platform.pipeline().incomplete(), "processes", cache.entries(), "evicted_living",
                cache.evictedLiving(), "losses", losses());
    }

    /** Returns the values of a per-CPU array's element, one behind the other. */
    private static ByteBuffer perCpu(BpfMap map, int index) {
        byte[] key = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(index).array();
        return ByteBuffer.wrap(map.lookup(key).orElse(new byte[0])).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Sums a 64-bit field over all CPUs. */
    private static long sum(ByteBuffer cpus, int valueSize, int field) {
        long sum = 0;
        for (int at = 0; at + valueSize <= cpus.capacity(); at += valueSize) {
            sum += cpus.getLong(at + field);
        }
        return sum;
    }

    private void decoderFailed(int opcode, Throwable cause) {
        sensors.decoderFailed(opcode, cause);
    }
}
