// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.Node;
import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.core.PolicyStatus.Mode;
import io.tetragon.core.PolicyStatus.State;
import io.tetragon.policy.PolicyContext;
import io.tetragon.policy.sensor.PolicyPlan;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Policies on this machine's kernel: added, listed, switched, refused, deleted. */
@Timeout(180)
class PolicyLifeTest {
    private static final long RING = 4L << 20;

    /** A bundle that is started and stopped as the real ones are: on the caller's thread, its service on the same. */
    private final BundleControl bundles = new BundleControl() {
        @Override
        public void start(String name) {
            calls.add("start " + name);
            started.run();
        }

        @Override
        public void stop(String name) {
            calls.add("stop " + name);
            core.sensors().remove(sensor);
        }

        @Override
        public void uninstall(String name) {
            calls.add("uninstall " + name);
            core.sensors().remove(sensor);
        }
    };
    private Runnable started = this::register;
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private Map<String, Long> before;
    private Caller caller;
    private WatchSensor sensor;
    private Core core;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Files.isReadable(Path.of("/sys/kernel/btf/vmlinux")), "skipped: the kernel has no BTF");
        before = Resources.held();
        caller = new Caller(Caller.ENDLESS);
        sensor = new WatchSensor(caller.pid());
        try {
            core = Core.start(new TestSettings(RING), new Node("node", ""), bundles, PolicyContext.offline());
        } catch (TetragonException e) {
            assumeTrue("root".equals(System.getProperty("user.name")), "skipped: " + e.getMessage());
            throw e;
        }
        install();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (core != null) {
            core.close();
            assertEquals(sensor.planned.get(), sensor.unloaded.get(), "plans that were not told that they are over");
            assertEquals("", Resources.grown(before));
        }
        if (caller != null) {
            caller.close();
        }
    }

    private void register() {
        core.sensors().add(sensor);
    }

    private void install() {
        core.sensors().bundleInstalled(WatchSensor.NAME, "watch 1.0", SensorStatus.State.RESOLVED, List.of("tracepoints"));
    }

    @Test
    void aPolicyRunsFromItsAddingToItsDeletionAndSoDoesItsBundle() throws Exception {
        add("one", "watch");
        assertEquals(List.of("start watch"), calls);
        PolicyStatus status = status("one");
        assertEquals(2, status.id());
        assertEquals(new PolicyKey("grpc", "", "one"), status.key());
        assertEquals(State.ENABLED, status.state());
        assertEquals("", status.error());
        assertEquals(List.of("generic_watch"), status.sensors());
        assertEquals(Mode.MONITOR_ONLY, status.mode());
        assertEquals(List.of(new PolicyStatus.Hook("kprobes", 0, "watch", PolicyPlan.State.LOADED)), status.hooks());
        System.out.println("kernel memory of one hook: " + status.kernelMemoryBytes());
        assertTrue(status.kernelMemoryBytes() > 4096 && status.kernelMemoryBytes() < 200_000, status.toString());
        caller.go();
        until(() -> status("one").counters().post() > 0);
        core.policies().delete(grpc("one"));
        assertEquals(List.of("start watch", "stop watch"), calls);
        assertEquals(List.of(), core.policies().list());
        assertEquals(0, sensor.missing.get());
        assertEquals(0, core.ringLedger().unknown());
    }

    @Test
    void aRestrictionIsRefusedWithoutThePolicyFilter() {
        TetragonException e = assertThrows(TetragonException.class,
                () -> core.policies().add(policy("one", "podSelector: {}", false, "watch"), PolicyKey.GRPC));
        assertEquals(Kind.INVALID_ARGUMENT, e.kind());
        assertTrue(e.getMessage().contains("--enable-policy-filter"), e.getMessage());
    }

    @Test
    void aSensorThatCannotBeRestrictedIsRefusedInARestrictedPolicy() throws Exception {
        core.close();
        core = Core.start(new TestSettings(RING, true), new Node("node", ""), bundles, PolicyContext.offline());
        install();
        TetragonException e = assertThrows(TetragonException.class,
                () -> core.policies().add(policy("one", "podSelector: {}", false, "watch"), PolicyKey.GRPC));
        assertEquals(Kind.FAILED_PRECONDITION, e.kind());
        assertTrue(e.getMessage().contains("watch") && e.getMessage().contains("restricted"), e.getMessage());
        assertEquals(State.LOAD_ERROR, status("one").state());
        assertEquals(status("one").id(), status("one").filterId());
        add("two", "watch");
        assertEquals(State.ENABLED, status("two").state());
        assertEquals(0, status("two").filterId());
    }

    @Test
    void theBundleRunsUntilTheLastPolicyGoes() throws Exception {
        add("one", "watch");
        add("two", "watch");
        core.policies().delete(grpc("one"));
        assertEquals(List.of("start watch"), calls);
        core.policies().disable(grpc("two"));
        assertEquals(List.of("start watch", "stop watch"), calls);
    }

    @Test
    void aSensorThatAUserEnabledRunsOn() throws Exception {
        core.sensors().enable(WatchSensor.NAME);
        add("one", "watch");
        core.policies().delete(grpc("one"));
        assertEquals(List.of("start watch"), calls);
        assertEquals(SensorStatus.State.ATTACHED, core.sensors().list().get(0).state());
    }

    @Test
    void hooksOfAPolicyShareItsMapsAndPoliciesShareNone() throws Exception {
        add("one", "watch", "watch");
        add("two", "watch");
        List<Integer> ids = sensor.attached.stream().map(object -> object.map("policy_conf").info().id()).toList();
        assertEquals(ids.get(0), ids.get(1));
        assertFalse(ids.get(0).equals(ids.get(2)));
        List<Integer> own = sensor.attached.stream().map(object -> object.map("targets").info().id()).toList();
        assertEquals(3, own.stream().distinct().count());
        assertEquals(2, sensor.attached.get(0).map("targets").info().maxEntries());
        long one = status("one").kernelMemoryBytes();
        long two = status("two").kernelMemoryBytes();
        assertTrue(one < 2 * two, one + " of two hooks with one shared map, " + two + " of one hook");
    }

    @Test
    void disablingUnloadsAndEnablingLoadsAnew() throws Exception {
        add("one", "watch");
        caller.go();
        until(() -> status("one").counters().post() > 0);
        Map<String, Long> enabled = Resources.held();
        core.policies().disable(grpc("one"));
        core.policies().disable(grpc("one"));
        assertEquals(State.DISABLED, status("one").state());
        assertEquals(0, status("one").kernelMemoryBytes());
        core.policies().enable(grpc("one"));
        core.policies().enable(grpc("one"));
        assertEquals(State.ENABLED, status("one").state());
        assertEquals(2, status("one").id());
        assertEquals("", Resources.grown(enabled));
        until(() -> status("one").counters().post() > 0);
        assertEquals(0, sensor.missing.get());
    }

    @Test
    void theModeIsSwitchedWhileHooksRunAndIsRememberedByTheDisabled() throws Exception {
        core.policies().add(policy("strict", "options: [{name: policy-mode, value: monitor}]", true, "watch", "watch"),
                PolicyKey.GRPC);
        assertEquals(Mode.MONITOR, status("strict").mode());
        caller.go();
        until(() -> status("strict").selectors().stream().allMatch(s -> s.counters().monitorSignal() > 0));
        assertEquals(0, status("strict").counters().signal());
        core.policies().configure(grpc("strict"), null, Mode.ENFORCE);
        assertEquals(Mode.ENFORCE, status("strict").mode());
        until(() -> status("strict").selectors().stream().allMatch(s -> s.counters().signal() > 0));
        core.policies().configure(grpc("strict"), false, Mode.MONITOR);
        assertEquals(State.DISABLED, status("strict").state());
        assertEquals(Mode.MONITOR, status("strict").mode());
        core.policies().configure(grpc("strict"), true, null);
        until(() -> status("strict").counters().monitorSignal() > 0);
        assertEquals(0, status("strict").counters().signal());
        refused(Kind.INVALID_ARGUMENT, "neither enforce nor monitor",
                () -> core.policies().configure(grpc("strict"), null, Mode.MONITOR_ONLY));
        add("harmless", "watch");
        refused(Kind.FAILED_PRECONDITION, "no action that enforces",
                () -> core.policies().configure(grpc("harmless"), null, Mode.ENFORCE));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "refused      | FAILED_PRECONDITION | load policy bad: kprobes[1] refused: load BPF object watch-",
        "unattachable | FAILED_PRECONDITION | load policy bad: kprobes[1] unattachable: attach watch to raw_tp/no_such_tracepoint",
        "unsupported  | UNSUPPORTED         | load policy bad: plan a hook: the kernel lacks kprobes (use another one)",
        "throws       | INTERNAL            | load policy bad: attach its hooks: java.lang.IllegalStateException: a bug of the sensor",
        "links        | INTERNAL            | load policy bad: attach its hooks: java.lang.NoSuchMethodError: compiled for another version",
    })
    void aPolicyThatCannotBeLoadedIsUndoneListedAndHarmsNobody(String event, Kind kind, String text) throws Exception {
        add("good", "watch");
        caller.go();
        Map<String, Long> held = Resources.held();
        refused(kind, text, () -> add("bad", "watch", event));
        assertEquals("", Resources.grown(held));
        PolicyStatus bad = status("bad");
        assertEquals(3, bad.id());
        assertEquals(State.LOAD_ERROR, bad.state());
        assertTrue(bad.error().startsWith(text), bad.error());
        assertFalse(bad.error().contains("\n"), bad.error());
        System.out.println(bad.error());
        assertEquals(List.of(), bad.sensors());
        assertEquals(Mode.UNKNOWN, bad.mode());
        assertEquals(State.ENABLED, status("good").state());
        long seen = status("good").counters().post();
        until(() -> status("good").counters().post() > seen);
        refused(Kind.ALREADY_EXISTS, "add policy bad of domain grpc: there is one of this name", () -> add("bad", "watch"));
        refused(kind, text, () -> core.policies().enable(grpc("bad")));
        core.policies().delete(grpc("bad"));
        add("bad", "watch");
        assertEquals(4, status("bad").id());
    }

    @Test
    void aFailedPolicyDoesNotKeepItsBundleRunning() throws Exception {
        refused(Kind.UNSUPPORTED, "", () -> add("bad", "unsupported"));
        assertEquals(List.of("start watch", "stop watch"), calls);
    }

    @Test
    void aTextThatIsRefusedTellsEveryProblemAndIsNotListed() {
        byte[] bad = new String(policy("bad", "", false, "watch"), StandardCharsets.UTF_8)
                .replace("subsystem", "subsistem").replace("event", "evnt").getBytes(StandardCharsets.UTF_8);
        TetragonException e = refused(Kind.INVALID_ARGUMENT, "read tracing policy", () -> core.policies().add(bad, "grpc"));
        assertTrue(e.getMessage().contains("subsistem") && e.getMessage().contains("evnt"), e.getMessage());
        assertEquals(List.of(), core.policies().list());
        refused(Kind.INVALID_ARGUMENT, "domain of a policy", () -> core.policies().add(policy("a", "", false, "watch"), ""));
    }

    @Test
    void aFileThatIsRefusedIsListedByItsName() throws Exception {
        refused(Kind.INVALID_ARGUMENT, "", () -> core.policies().addFile(new byte[] {'{'}, PolicyKey.STATIC, "x/bad.yaml"));
        core.policies().addFile(policy("one", "", false, "watch"), PolicyKey.STATIC, "one.yaml");
        refused(Kind.ALREADY_EXISTS, "", () -> core.policies().addFile(policy("one", "", false, "watch"), PolicyKey.STATIC,
                "copy.yaml"));
        add("one", "watch");
        assertEquals(List.of("x/bad.yaml LOAD_ERROR static", "one ENABLED static", "copy.yaml LOAD_ERROR static",
                        "one ENABLED grpc"),
                core.policies().list().stream().map(p -> p.key().name() + " " + p.state() + " " + p.key().domain()).toList());
        assertEquals(List.of("grpc", "static"), core.policies().domains());
        PolicyKey file = new PolicyKey(PolicyKey.STATIC, "", "x/bad.yaml");
        refused(Kind.FAILED_PRECONDITION, "its file was refused", () -> core.policies().enable(file));
        core.policies().delete(file);
        refused(Kind.NOT_FOUND, "there is copy.yaml of domain static", () -> core.policies().delete(grpc("copy.yaml")));
    }

    @Test
    void aSectionThatNobodyServesIsNamed() {
        byte[] kprobe = new String(policy("k", "", false, "watch"), StandardCharsets.UTF_8)
                .replace("tracepoints", "kprobes").replace("subsystem: raw_syscalls, event: watch", "call: do_exit, syscall: false")
                .getBytes(StandardCharsets.UTF_8);
        refused(Kind.FAILED_PRECONDITION,
                "load policy k: section kprobes: no sensor serves it (put io.tetragon.sensor.kprobe into the folder of sensors)",
                () -> core.policies().add(kprobe, PolicyKey.GRPC));
        core.sensors().bundleInstalled("broken", "broken 1.0", SensorStatus.State.INSTALLED, List.of("kprobes"));
        core.sensors().bundleFailed("broken", "broken 1.0", "missing import a.b");
    }

    @Test
    void functionsThatAreAbsentMakeItPartial() throws Exception {
        add("one", "watch", "absent");
        assertEquals(State.PARTIALLY_ENABLED, status("one").state());
        assertEquals(PolicyPlan.State.CALL_NOT_FOUND, status("one").hooks().get(1).state());
    }

    @Test
    void policiesWaitForTheirSensorAndLoadWhenItIsBack() throws Exception {
        add("one", "watch");
        add("idle", "watch");
        core.policies().disable(grpc("idle"));
        Map<String, Long> held = Resources.held();

        core.sensors().disable(WatchSensor.NAME);
        gone("sensor watch is gone: it was disabled");
        refused(Kind.FAILED_PRECONDITION, "load policy late: use sensor watch: it is disabled", () -> add("late", "watch"));
        core.sensors().enable(WatchSensor.NAME);
        back();

        core.sensors().remove(sensor);
        core.sensors().bundleGone(WatchSensor.NAME);
        gone("sensor watch is gone: its bundle was stopped");
        calls.clear();
        install();
        assertEquals(List.of("start watch"), calls);
        back();

        caller.go();
        sensor.fail();
        until(() -> status("one").state() == State.ERROR);
        gone("sensor watch is gone: its decoder of opcode 210 failed: java.lang.IllegalStateException: broken");
        core.sensors().enable(WatchSensor.NAME);
        back();
        assertEquals(State.DISABLED, status("idle").state());
        assertEquals(State.LOAD_ERROR, status("late").state());

        core.sensors().remove(WatchSensor.NAME);
        gone("sensor watch is gone: it was removed");
        core.policies().delete(grpc("one"));
        assertEquals("", Resources.grown(held));
    }

    private void gone(String error) {
        assertEquals(State.ERROR, status("one").state());
        assertEquals(error, status("one").error());
    }

    private void back() {
        assertEquals(State.ENABLED, status("one").state(), status("one").error());
        assertEquals("", status("one").error());
    }

    @Test
    void fiveHundredPoliciesComeAndGoUnderLoadAndLeaveNothing() throws Exception {
        add("staying", "watch");
        caller.go();
        until(() -> sensor.decoded.containsKey(1));
        long seen = sensor.decoded.get(1).get();
        Map<String, Long> held = Resources.held();
        long began = System.nanoTime();
        for (int i = 0; i < 500; i++) {
            add("passing", "watch");
            core.policies().delete(grpc("passing"));
        }
        System.out.println("adding and deleting a policy: " + (System.nanoTime() - began) / 500_000 + " us");
        assertEquals("", Resources.grown(held));
        assertEquals(0, sensor.missing.get());
        assertTrue(sensor.decoded.get(1).get() > seen);
        core.policies().delete(grpc("staying"));
        assertEquals(0, sensor.missing.get());
        assertEquals(0, core.ringLedger().unknown());
        RingLedger ring = core.ringLedger();
        assertEquals(ring.produced(), ring.consumed() + ring.lost());
        System.out.println(ring);
    }

    @Test
    void aPolicyOfManyHooksIsAttachedAndDetachedTogether() throws Exception {
        for (int hooks : new int[] {10, 10, 300}) {
            String[] events = new String[hooks];
            Arrays.fill(events, "watch");
            long began = System.nanoTime();
            add("many", events);
            long added = System.nanoTime();
            assertEquals(hooks, status("many").hooks().size());
            long listed = System.nanoTime();
            core.policies().delete(grpc("many"));
            System.out.printf("%d hooks: added in %d ms, listed in %d ms, deleted in %d ms%n", hooks,
                    (added - began) / 1_000_000, (listed - added) / 1_000_000, (System.nanoTime() - listed) / 1_000_000);
        }
        assertEquals(0, sensor.missing.get());
    }

    @Test
    void aServiceThatAnotherThreadIsAboutToRegisterIsWaitedFor() throws Exception {
        started = () -> new Thread(() -> {
            LockSupport.parkNanos(50_000_000);
            core.sensors().add(sensor);
        }).start();
        add("one", "watch");
        assertEquals(State.ENABLED, status("one").state());
    }

    @Test
    void changesFromManyThreadsAreMadeOneBehindTheOther() throws Exception {
        CountDownLatch done = new CountDownLatch(8);
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        for (int t = 0; t < 8; t++) {
            String name = "t" + t;
            new Thread(() -> {
                try {
                    for (int i = 0; i < 10; i++) {
                        add(name, "watch");
                        core.policies().list();
                        core.policies().delete(grpc(name));
                    }
                } catch (Exception | AssertionError e) {
                    failures.add(e);
                } finally {
                    done.countDown();
                }
            }).start();
        }
        done.await();
        assertEquals(List.of(), failures);
        assertEquals(List.of(), core.policies().list());
    }

    @Test
    void theEndUnloadsWhatIsLoadedAndRefusesMore() throws Exception {
        add("one", "watch", "watch");
        add("two", "watch");
        caller.go();
        until(() -> status("two").counters().post() > 0);
        core.quiesce();
        assertEquals(3 - 1, sensor.unloaded.get());
        assertEquals(0, sensor.missing.get());
        refused(Kind.FAILED_PRECONDITION, "the agent is shutting down", () -> add("three", "watch"));
    }

    private void add(String name, String... events) throws TetragonException {
        core.policies().add(policy(name, "", false, events), PolicyKey.GRPC);
    }

    private static byte[] policy(String name, String more, boolean enforces, String... events) {
        StringBuilder yaml = new StringBuilder("apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: ")
                .append(name).append("}\nspec:\n");
        if (!more.isEmpty()) {
            yaml.append("  ").append(more).append('\n');
        }
        yaml.append("  tracepoints:\n");
        for (String event : events) {
            yaml.append("  - {subsystem: raw_syscalls, event: ").append(event)
                    .append(enforces ? ", selectors: [{matchActions: [{action: Sigkill}]}]}\n" : "}\n");
        }
        return yaml.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static PolicyKey grpc(String name) {
        return new PolicyKey(PolicyKey.GRPC, "", name);
    }

    private PolicyStatus status(String name) {
        return core.policies().list().stream().filter(p -> p.key().name().equals(name)).findFirst().orElseThrow();
    }

    private static TetragonException refused(Kind kind, String text, Attempt attempt) {
        TetragonException e = assertThrows(TetragonException.class, attempt::run);
        assertEquals(kind, e.kind(), e.getMessage());
        assertTrue(e.getMessage().contains(text), e.getMessage());
        return e;
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(500_000);
        }
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws TetragonException;
    }
}
