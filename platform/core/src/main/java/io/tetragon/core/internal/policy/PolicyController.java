// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.api.log.Log;
import io.tetragon.core.PolicyKey;
import io.tetragon.core.PolicyManager;
import io.tetragon.core.PolicyStatus;
import io.tetragon.core.PolicyStatus.Mode;
import io.tetragon.core.PolicyStatus.State;
import io.tetragon.core.internal.policyfilter.PolicyFilterRegistry;
import io.tetragon.core.internal.sensor.ControlThread;
import io.tetragon.core.internal.sensor.LoadedObjects;
import io.tetragon.core.internal.sensor.LoadedSensor;
import io.tetragon.core.internal.sensor.Platform;
import io.tetragon.core.internal.sensor.SensorController;
import io.tetragon.core.internal.sensor.SensorUsers;
import io.tetragon.policy.PolicyContext;
import io.tetragon.policy.PolicyParser;
import io.tetragon.policy.PolicyResult;
import io.tetragon.policy.model.Position;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The policy manager. State changes on the control thread, which sensors share; {@link #list} reads what each change
 * publishes, so a policy that takes its time to load is seen loading.
 *
 * <p>A change has up to three steps: on the caller's thread, text is parsed and bundles are started; on the control thread,
 * the policy is loaded or unloaded; on the caller's thread again, bundles are stopped that nobody needs any more. Between the
 * steps sensors may come and go, but no other policy changes: whoever changes one holds the lock. The control thread never
 * waits for it.
 */
public final class PolicyController implements PolicyManager, SensorUsers {
    private static final Log LOG = Log.of(PolicyController.class);

    private static final String CHANGE = "change a policy";
    private static final int DOMAIN_MAX = 253;
    private static final long DRAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);

    private final Platform platform;
    private final ControlThread control;
    private final SensorController sensors;
    private final BinarySets binaries;
    private final PolicyFilterRegistry filters;
    private final PolicyContext context;
    private final KeptPolicies kept;
    private final ReentrantLock changes = new ReentrantLock(true);
    private final Policies policies = new Policies();
    /** Control thread only. */
    private boolean ending;

    /**
     * @param sensors told to report to this, so before its first change
     * @param binaries where the sets of matchBinaries come from
     * @param filters where restrictions to some processes are kept
     * @param context what policies are checked against
     * @param keptIn folder where the policies of clients survive the agent, null if they need not
     * @throws TetragonException if that folder cannot be used
     */
    public PolicyController(Platform platform, ControlThread control, SensorController sensors, BinarySets binaries,
            PolicyFilterRegistry filters, PolicyContext context, @Nullable Path keptIn) throws TetragonException {
        kept = KeptPolicies.in(keptIn);
        this.platform = platform;
        this.control = control;
        this.sensors = sensors;
        this.binaries = binaries;
        this.filters = filters;
        this.context = context;
        sensors.users(this);
    }

    @Override
    public void add(byte[] yaml, String domain) throws TetragonException {
        check(domain);
        TracingPolicy policy = parse(yaml, domain).orThrow();
        add(policy, domain, yaml);
    }

    @Override
    public void addFile(byte[] yaml, String domain, String file) throws TetragonException {
        try {
            check(domain);
            add(parse(yaml, domain).orThrow(), domain, null);
        } catch (TetragonException e) {
            if (e.kind() == Kind.INVALID_ARGUMENT || e.kind() == Kind.ALREADY_EXISTS) {
                listFailed(domain, file, e);
            }
            throw e;
        }
    }

    /**
     * Loads the policies that clients had added to the agent before this one, in the order in which they came. Each by itself:
     * one that cannot be loaded is listed as load_error, one whose file is damaged under the name of the file, and the others
     * are loaded. Does nothing where they are not kept.
     */
    public void restore() throws TetragonException {
        if (!kept.wanted()) {
            return;
        }
        locked(() -> {
            int failed = 0;
            List<PolicyStore.Found> all = kept.read();
            for (PolicyStore.Found found : all) {
                try {
                    restore(found);
                } catch (TetragonException e) {
                    failed++;
                    LOG.error("kept policy is not loaded", "file", found.file(), "reason", e.getMessage());
                }
            }
            LOG.info("policies of clients restored", "loaded", all.size() - failed, "failed", failed);
        });
    }

    private void restore(PolicyStore.Found found) throws TetragonException {
        KeptPolicy before = found.policy();
        String domain = before == null ? PolicyKey.GRPC : before.domain();
        PolicyEntry entry;
        try {
            if (before == null) {
                throw new TetragonException(Kind.FAILED_PRECONDITION, "restore the policy in " + found.file(), found.why(),
                        "delete the policy of this name and add it anew");
            }
            TracingPolicy policy = parse(before.yaml(), domain).orThrow();
            entry = change(() -> {
                PolicyEntry added = policies.add(new PolicyKey(domain, policy.namespace(), policy.name()), policy);
                added.file = found.file();
                added.kept = before;
                added.wanted = before.mode();
                if (!before.enabled()) {
                    added.fail(State.DISABLED, "");
                }
                return added;
            });
        } catch (TetragonException e) {
            PolicyEntry failed = listFailed(domain, found.file(), e);
            failed.file = found.file();
            throw e;
        }
        if (before.enabled()) {
            load(entry);
        }
    }

    private PolicyEntry listFailed(String domain, String file, TetragonException e) throws TetragonException {
        return change(() -> {
            PolicyEntry entry = policies.add(new PolicyKey(domain, "", file), null);
            entry.duplicate = e.kind() == Kind.ALREADY_EXISTS;
            entry.fail(State.LOAD_ERROR, e.getMessage());
            return entry;
        });
    }

    @Override
    public void delete(PolicyKey key) throws TetragonException {
        locked(() -> {
            long began = System.nanoTime();
            PolicyEntry entry = change(() -> {
                PolicyEntry found = policies.find(key);
                unload(found);
                policies.remove(found);
                platform.pins().leftovers().settled(key);
                return found;
            });
            LOG.info("policy deleted", "policy", key.name(), "namespace", key.namespace(), "domain", key.domain(),
                    "milliseconds", (System.nanoTime() - began) / 1_000_000);
            entry.needs.forEach(sensors::release);
            kept.remove(entry);
        });
    }

    @Override
    public void enable(PolicyKey key) throws TetragonException {
        locked(() -> {
            PolicyEntry entry = change(() -> {
                PolicyEntry found = policies.find(key);
                if (found.loaded == null) {
                    requireText(found);
                    found.waiting = false;
                    found.fail(State.LOADING, "");
                }
                return found.loaded == null ? found : null;
            });
            if (entry != null) {
                load(entry);
                kept.update(entry);
            }
        });
    }

    @Override
    public void disable(PolicyKey key) throws TetragonException {
        locked(() -> {
            PolicyEntry entry = change(() -> {
                PolicyEntry found = policies.find(key);
                requireText(found);
                unload(found);
                found.fail(State.DISABLED, "");
                platform.pins().leftovers().settled(key);
                return found;
            });
            LOG.info("policy disabled", "policy", key.name(), "namespace", key.namespace(), "domain", key.domain());
            entry.needs.forEach(sensors::release);
            kept.update(entry);
        });
    }

    @Override
    public void configure(PolicyKey key, @Nullable Boolean enable, @Nullable Mode mode) throws TetragonException {
        locked(() -> {
            if (mode != null) {
                kept.update(change(() -> {
                    PolicyEntry entry = policies.find(key);
                    mode(entry, mode);
                    return entry;
                }));
            }
            if (Boolean.TRUE.equals(enable)) {
                enable(key);
            } else if (Boolean.FALSE.equals(enable)) {
                disable(key);
            }
        });
    }

    @Override
    public List<PolicyStatus> list() {
        return policies.list();
    }

    @Override
    public List<String> domains() {
        return policies.domains();
    }

    @Override
    public boolean wants(String sensor) {
        return policies.all().stream().anyMatch(entry -> entry.wants(sensor));
    }

    @Override
    public void arrived(String sensor) {
        for (PolicyEntry entry : policies.all()) {
            if (entry.waiting && entry.needs.contains(sensor)) {
                try {
                    entry.needs = needs(entry);
                    attach(entry);
                    platform.pins().leftovers().settled(entry.key);
                    LOG.info("policy loaded again", "policy", entry.key.name(), "sensor", sensor);
                } catch (TetragonException e) {
                    entry.error = e.getMessage();
                    LOG.error("policy is still not loaded", "policy", entry.key.name(), "reason", e.getMessage());
                }
            }
        }
        policies.publish();
    }

    @Override
    public void leaving(String sensor, String why) {
        for (PolicyEntry entry : policies.all()) {
            if (entry.loaded != null && entry.needs.contains(sensor)) {
                unload(entry);
                entry.waiting = true;
                entry.fail(State.ERROR, "sensor " + sensor + " is gone: " + oneLine(why));
                LOG.error("policy unloaded", "policy", entry.key.name(), "sensor", sensor, "reason", entry.error);
            }
        }
        policies.publish();
    }

    /** Detaches every policy, for good, all at once; those that come later are refused. */
    public void detachAll() {
        try {
            change(() -> {
                ending = true;
                List<LoadedPolicy> all = new ArrayList<>();
                for (PolicyEntry entry : policies.all()) {
                    LoadedPolicy loaded = entry.loaded;
                    if (loaded != null) {
                        all.add(loaded);
                        entry.loaded = null;
                        entry.state = State.UNLOADING;
                    }
                }
                if (LoadedObjects.detachAll(platform, all.stream().map(LoadedPolicy::objects).toList())) {
                    platform.reader().awaitDrained(DRAIN_NANOS);
                }
                all.forEach(LoadedPolicy::close);
                return null;
            });
        } catch (TetragonException e) {
            LOG.debug("policies are detached already", "reason", e.getMessage());
        }
    }

    /**
     * Forgets every policy without detaching it, for good; those that come later are refused.
     *
     * @return those that stay in force
     */
    public Left leaveAll() {
        List<String> names = new ArrayList<>();
        long[] bytes = {0};
        try {
            change(() -> {
                ending = true;
                for (PolicyEntry entry : policies.all()) {
                    LoadedPolicy loaded = entry.loaded;
                    if (loaded != null) {
                        names.add(entry.key.toString());
                        bytes[0] += loaded.kernelMemoryBytes();
                        entry.loaded = null;
                        entry.waiting = false;
                    }
                }
                return null;
            });
        } catch (TetragonException e) {
            LOG.debug("policies are left already", "reason", e.getMessage());
        }
        return new Left(names, bytes[0]);
    }

    /**
     * What stays in force.
     *
     * @param names of the policies, in words
     * @param bytes of kernel memory that they take
     */
    public record Left(List<String> names, long bytes) {}

    /** Tells whether any policy is in force. For any thread. */
    public boolean anyLoaded() {
        return policies.list().stream()
                .anyMatch(policy -> policy.state() == State.ENABLED || policy.state() == State.PARTIALLY_ENABLED);
    }

    /** Lets go of what earlier agents left in force: the policies of the start are loaded, or have failed. */
    public void takeOver(Set<String> failedSensors) {
        try {
            change(() -> {
                if (!ending) {
                    platform.pins().leftovers().takeOver(policies.outcome(failedSensors));
                }
                return null;
            });
        } catch (TetragonException e) {
            LOG.error("what earlier agents left stays in force", "reason", e.getMessage());
        }
    }

    private PolicyResult parse(byte[] yaml, String domain) {
        PolicyResult result = new PolicyParser().parse(yaml, context);
        result.warnings().forEach(problem -> LOG.warn("policy has a doubtful line", "domain", domain,
                "problem", problem.text()));
        return result;
    }

    /** @param client the bytes that a client sent, null for a policy that need not survive the agent */
    private void add(TracingPolicy policy, String domain, byte @Nullable [] client) throws TetragonException {
        locked(() -> {
            PolicyEntry entry = change(() -> {
                requireLife();
                return policies.add(new PolicyKey(domain, policy.namespace(), policy.name()), policy);
            });
            if (client != null) {
                keepNew(entry, client);
            }
            load(entry);
        });
    }

    /** Before it is loaded: what a client is told to be there must not be lost with the agent. */
    private void keepNew(PolicyEntry entry, byte[] yaml) throws TetragonException {
        try {
            kept.add(entry, yaml);
        } catch (TetragonException e) {
            change(() -> {
                policies.remove(entry);
                return null;
            });
            throw e;
        }
        // A file that was not believed has been replaced: whoever deletes the entry for it must not delete the new one.
        change(() -> {
            List.copyOf(policies.all()).stream()
                    .filter(other -> other != entry && other.file != null && other.file.equals(entry.file))
                    .forEach(policies::remove);
            return null;
        });
    }

    /** Starts what the policy needs and loads it; the caller holds the lock. After a failure its state says why. */
    private void load(PolicyEntry entry) throws TetragonException {
        long began = System.nanoTime();
        try {
            for (String sensor : change(() -> entry.needs = needs(entry))) {
                sensors.acquire(sensor);
            }
            change(() -> {
                attach(entry);
                return null;
            });
        } catch (TetragonException e) {
            TetragonException shown = new TetragonException(e.kind(), "load policy " + entry.key.name() + ": " + e.what(),
                    e.why(), e.remedy(), e);
            change(() -> {
                entry.fail(State.LOAD_ERROR, shown.getMessage());
                return null;
            });
            entry.needs.forEach(sensors::release);
            throw shown;
        } finally {
            platform.kernel().close();
        }
        platform.pins().leftovers().settled(entry.key);
        List<Position> signalling = requireText(entry).signalsWithoutPreventing();
        if (!signalling.isEmpty()) {
            LOG.info("policy signals and does not prevent: the call that it signals for is carried out", "policy",
                    entry.key.name(), "hooks", signalling.stream().map(Position::toString).collect(Collectors.joining(", ")));
        }
        LOG.info("policy loaded", "policy", entry.key.name(), "namespace", entry.key.namespace(),
                "domain", entry.key.domain(), "milliseconds", (System.nanoTime() - began) / 1_000_000);
    }

    private List<String> needs(PolicyEntry entry) throws TetragonException {
        TracingPolicy policy = requireText(entry);
        List<String> needed = new ArrayList<>();
        for (String section : PolicySections.of(policy)) {
            String sensor = sensors.providerOf(section);
            if (sensor == null) {
                throw PolicySections.unserved(section);
            }
            if (!needed.contains(sensor)) {
                needed.add(sensor);
            }
        }
        return List.copyOf(needed);
    }

    /** Loads a policy whose sensors are there. Control thread. */
    private void attach(PolicyEntry entry) throws TetragonException {
        requireLife();
        TracingPolicy policy = requireText(entry);
        List<LoadedSensor> serving = new ArrayList<>();
        for (String sensor : entry.needs) {
            serving.add(sensors.require(sensor));
        }
        try {
            LoadedPolicy loaded = LoadedPolicy.load(platform, policy, entry.mode(), serving, binaries,
                    platform.pins().policy(entry.key), filters.acquire(entry.id, policy));
            entry.loaded = loaded;
            entry.waiting = false;
            entry.fail(loaded.partial() ? State.PARTIALLY_ENABLED : State.ENABLED, "");
        } catch (RuntimeException | Error e) {
            LOG.defect(e, "policy failed to load", "policy", entry.key.name(), "reason", e.toString());
            throw new TetragonException(Kind.INTERNAL, "attach its hooks", e.toString(),
                    "this is a defect; the debug log has more", e);
        }
    }

    private void unload(PolicyEntry entry) {
        entry.waiting = false;
        LoadedPolicy loaded = entry.loaded;
        if (loaded == null) {
            return;
        }
        entry.state = State.UNLOADING;
        policies.publish();
        entry.loaded = null;
        loaded.close();
    }

    private static void mode(PolicyEntry entry, Mode wanted) throws TetragonException {
        String what = "set the mode of policy " + entry.key.name();
        if (wanted != Mode.ENFORCE && wanted != Mode.MONITOR) {
            throw new TetragonException(Kind.INVALID_ARGUMENT, what, "it is neither enforce nor monitor", "");
        }
        Mode now = entry.mode();
        if (now == Mode.MONITOR_ONLY || now == Mode.UNKNOWN) {
            throw new TetragonException(Kind.FAILED_PRECONDITION, what, "it has no action that enforces anything", "");
        }
        LoadedPolicy loaded = entry.loaded;
        if (loaded != null) {
            loaded.mode(wanted);
        }
        entry.wanted = wanted;
        LOG.info("policy has another mode", "policy", entry.key.name(), "mode", wanted);
    }

    private static TracingPolicy requireText(PolicyEntry entry) throws TetragonException {
        TracingPolicy policy = entry.policy;
        if (policy == null) {
            throw new TetragonException(Kind.FAILED_PRECONDITION, "policy " + entry.key, "its file was refused",
                    "correct the file, delete this entry and add it anew");
        }
        return policy;
    }

    private void requireLife() throws TetragonException {
        if (ending) {
            throw new TetragonException(Kind.FAILED_PRECONDITION, CHANGE, "the agent is shutting down", "");
        }
    }

    private static void check(String domain) throws TetragonException {
        if (domain.isEmpty() || domain.length() > DOMAIN_MAX || domain.chars().anyMatch(Character::isISOControl)) {
            throw new TetragonException(Kind.INVALID_ARGUMENT, "domain of a policy",
                    "it has 1 to " + DOMAIN_MAX + " printable characters", "");
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ");
    }

    private void locked(Step step) throws TetragonException {
        changes.lock();
        try {
            step.run();
        } finally {
            changes.unlock();
        }
    }

    private <T extends @Nullable Object> T change(Callable<T> change) throws TetragonException {
        return control.change(CHANGE, () -> {
            try {
                return change.call();
            } finally {
                policies.publish();
            }
        });
    }

    @FunctionalInterface
    private interface Step {
        void run() throws TetragonException;
    }
}
