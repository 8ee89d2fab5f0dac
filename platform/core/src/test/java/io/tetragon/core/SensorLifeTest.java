// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.Node;
import io.tetragon.api.TetragonException;
import io.tetragon.api.listener.ListenerLedger;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.listener.SubscriptionRequest;
import io.tetragon.api.sensor.Sensor;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.RingRecord;
import io.tetragon.core.SensorStatus.State;
import io.tetragon.policy.PolicyContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sensors on this machine's kernel: loaded, attached, flooding, failing, detached. */
@Timeout(180)
class SensorLifeTest {
    private static final int OPCODE = 200;
    private static final long RING = 4L << 20;
    private static final UnaryOperator<FloodSensor.Parts> UNCHANGED = plan -> plan;

    private final AtomicReference<@Nullable Sensor> startable = new AtomicReference<>();
    private final BundleControl bundles = new BundleControl() {
        @Override
        public void start(String name) throws TetragonException {
            Sensor sensor = startable.get();
            if (sensor != null) {
                addElsewhere(sensor);
            }
        }

        @Override
        public void stop(String name) {
            uninstall(name);
        }

        @Override
        public void uninstall(String name) {
            Sensor sensor = startable.get();
            if (sensor != null) {
                elsewhere(() -> core.sensors().remove(sensor));
            }
        }
    };
    private Map<String, Long> before;
    private Core core;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Files.isReadable(Path.of("/sys/kernel/btf/vmlinux")), "skipped: the kernel has no BTF");
        before = Resources.held();
        core = start(RING);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        if (core != null) {
            core.close();
            core.close();
            assertEquals("", Resources.grown(before));
        }
    }

    @Test
    void switchingASensorOnAndOffAgainAndAgainLeavesNothingBehind() throws Exception {
        try (Caller caller = new Caller(Caller.ENDLESS)) {
            FloodSensor sensor = new FloodSensor("flood", OPCODE, caller.pid(), 1);
            core.sensors().add(sensor);
            assertEquals(State.ATTACHED, status("flood").state());
            caller.go();
            until(() -> sensor.decoded.get() > 0);
            core.sensors().disable("flood");
            Map<String, Long> once = Resources.held();
            for (int i = 0; i < 200; i++) {
                core.sensors().enable("flood");
                assertEquals(State.ATTACHED, status("flood").state(), status("flood").reason());
                core.sensors().disable("flood");
                assertEquals(State.DISABLED, status("flood").state());
            }
            assertEquals("", Resources.grown(once));
            assertEquals(201, sensor.detached.get());
            assertEquals(0, sensor.gaps.get());
            assertEquals(0, sensor.missing.get());
            assertEquals(0, sensor.decodedWithoutMap.get());
            assertEquals(0, core.ringLedger().unknown());
            balanced(core.ringLedger());
        }
    }

    @Test
    void bothLedgersBalanceUnderAFloodThatNobodyKeepsUpWith() throws Exception {
        core.close();
        core = start(64 << 10);
        try (Caller caller = new Caller(100_000)) {
            FloodSensor sensor = new FloodSensor("flood", OPCODE, caller.pid(), 32);
            core.sensors().add(sensor);
            Subscription slow = core.events().subscribe(SubscriptionRequest.everything("slow", 64),
                    event -> LockSupport.parkNanos(100_000));
            caller.go();
            caller.finish();
            core.sensors().disable("flood");
            RingLedger ring = core.ringLedger();
            balanced(ring);
            assertTrue(ring.produced() >= 100_000 * 32, ring.toString());
            assertTrue(ring.lost() > 0, ring.toString());
            assertEquals(0, ring.unknown() + ring.malformed(), ring.toString());
            assertEquals(sensor.decoded.get(), ring.consumed());
            assertEquals(0, sensor.gaps.get());
            assertEquals(0, sensor.missing.get());
            slow.close();
            ListenerLedger listener = slow.ledger();
            assertEquals(ring.consumed(), listener.offered());
            assertTrue(listener.lost() > 0, listener.toString());
            assertEquals(listener.offered(), listener.delivered() + listener.filtered() + listener.lost()
                    + listener.rateLimited(), listener.toString());
            System.out.println("flood: " + ring + ", " + listener);
        }
    }

    @Test
    void unloadingUnderLoadLosesNoRecordThatIsInTheRing() throws Exception {
        try (Caller one = new Caller(Caller.ENDLESS); Caller other = new Caller(Caller.ENDLESS)) {
            FloodSensor unloaded = new FloodSensor("unloaded", OPCODE, one.pid(), 1);
            FloodSensor staying = new FloodSensor("staying", OPCODE + 1, other.pid(), 1);
            core.sensors().add(unloaded);
            core.sensors().add(staying);
            one.go();
            other.go();
            for (int i = 0; i < 20; i++) {
                long from = unloaded.decoded.get();
                until(() -> unloaded.decoded.get() > from + 10_000);
                core.sensors().disable("unloaded");
                assertEquals(0, unloaded.missing.get(), "records in the ring that were not decoded");
                assertEquals(0, unloaded.gaps.get());
                core.sensors().enable("unloaded");
            }
            core.sensors().disable("unloaded");
            core.sensors().disable("staying");
            assertEquals(0, staying.gaps.get());
            assertEquals(0, staying.missing.get());
            assertEquals(0, core.ringLedger().unknown(), "records behind the decoder's end");
            balanced(core.ringLedger());
        }
    }

    @ParameterizedTest
    @ValueSource(classes = {IllegalStateException.class, NoClassDefFoundError.class, IOException.class})
    void aDecoderThatThrowsIsDetachedAndTheOthersFlowOn(Class<? extends Throwable> kind) throws Exception {
        Throwable thrown = kind.getConstructor(String.class).newInstance("broken\nbadly");
        try (Caller caller = new Caller(Caller.ENDLESS)) {
            FloodSensor good = new FloodSensor("good", OPCODE, caller.pid(), 1);
            FloodSensor bad = new FloodSensor("bad", OPCODE + 1, caller.pid(), 1) {
                @Override
                void decode(RingRecord record) {
                    super.decode(record);
                    if (decoded.get() == 100) {
                        SensorLifeTest.<RuntimeException>sneak(thrown);
                    }
                }
            };
            core.sensors().add(good);
            core.sensors().add(bad);
            caller.go();
            until(() -> status("bad").state() == State.ERROR);
            assertEquals("its decoder of opcode 201 failed: " + kind.getName() + ": broken badly", status("bad").reason());
            assertEquals(State.ATTACHED, status("good").state());
            long seen = good.decoded.get();
            until(() -> good.decoded.get() > seen + 1000);
            assertEquals(100, bad.decoded.get());
            assertEquals(1, bad.detached.get());
            core.sensors().enable("bad");
            assertEquals(State.ATTACHED, status("bad").state());
            core.sensors().disable("bad");
            core.sensors().disable("good");
            assertEquals(0, good.gaps.get());
            balanced(core.ringLedger());
        }
    }

    static Stream<Arguments> brokenPlans() {
        byte[] garbage = "this is no object file".getBytes(StandardCharsets.UTF_8);
        byte[] flood = FloodSensor.resource("flood");
        byte[] cut = Arrays.copyOf(flood, flood.length / 2);
        return Stream.of(
                Arguments.of("ABI version 9999", FloodSensor.resource("other_abi"), UNCHANGED),
                Arguments.of("it has no abi_version", FloodSensor.resource("no_abi"), UNCHANGED),
                Arguments.of("", garbage, UNCHANGED),
                Arguments.of("", new byte[0], UNCHANGED),
                Arguments.of("", cut, UNCHANGED),
                Arguments.of("load BPF object", FloodSensor.resource("refused"), add(p -> p.object(o -> o.attach("refused")))),
                Arguments.of("find program nobody", flood, add(p -> p.object(o -> o.attach("nobody")))),
                Arguments.of("constant absent", flood, add(p -> p.object(o -> o.constant("absent", 1)))),
                Arguments.of("does not fit", flood, add(p -> p.object(o -> o.constant("target", 1L << 40)))),
                Arguments.of("opcode 199 is decoded by another sensor", flood, add(p -> p.plan(s -> s.decoder(199, r -> {})))),
                Arguments.of("opcode 256 is out of range", flood, add(p -> p.plan(s -> s.decoder(256, r -> {})))),
                Arguments.of("opcode -1 is out of range", flood, add(p -> p.plan(s -> s.decoder(-1, r -> {})))));
    }

    private static UnaryOperator<FloodSensor.Parts> add(UnaryOperator<FloodSensor.Parts> change) {
        return change;
    }

    @ParameterizedTest
    @MethodSource("brokenPlans")
    void aSensorThatCannotBeLoadedSaysWhyInOneLine(String reason, byte[] object,
            UnaryOperator<FloodSensor.Parts> changes) throws Exception {
        core.sensors().add(new FloodSensor("other", 199, 0, 1));
        Map<String, Long> held = Resources.held();
        core.sensors().add(new FloodSensor("broken", OPCODE, object, changes));
        SensorStatus broken = status("broken");
        assertEquals(State.ERROR, broken.state());
        assertFalse(broken.reason().isBlank());
        assertTrue(broken.reason().contains(reason), broken.reason());
        assertFalse(broken.reason().contains("\n"), broken.reason());
        assertFalse(broken.reason().contains("Exception"), broken.reason());
        System.out.println(broken.reason());
        assertEquals("", Resources.grown(held));
        assertEquals(State.ATTACHED, status("other").state());
        TetragonException again = assertThrows(TetragonException.class, () -> core.sensors().enable("broken"));
        assertEquals(TetragonException.Kind.FAILED_PRECONDITION, again.kind());
        assertEquals("", Resources.grown(held));
        // The opcode is free for the next.
        core.sensors().add(new FloodSensor("next", OPCODE, 0, 1));
        assertEquals(State.ATTACHED, status("next").state(), status("next").reason());
    }

    @Test
    void aSensorThatGivesUpWhenItIsAttachedIsUndone() throws Exception {
        core.sensors().add(new FloodSensor("first", OPCODE + 1, 0, 1));
        Map<String, Long> held = Resources.held();
        for (Throwable thrown : new Throwable[] {new NoClassDefFoundError("gone"), new IllegalStateException("bug"),
            new TetragonException(TetragonException.Kind.UNSUPPORTED, "attach", "it cannot", "")}) {
            FloodSensor sensor = new FloodSensor("giving-up", OPCODE, 0, 1) {
                @Override
                public void attached(SensorContext context) throws TetragonException {
                    SensorLifeTest.<RuntimeException>sneak(thrown);
                }

                @Override
                public void detached(SensorContext context) {
                    super.detached(context);
                    SensorLifeTest.<RuntimeException>sneak(new NoClassDefFoundError("gone"));
                }
            };
            core.sensors().add(sensor);
            assertEquals(State.ERROR, status("giving-up").state());
            assertEquals(1, sensor.detached.get());
            assertEquals("", Resources.grown(held));
        }
    }

    @Test
    void unknownNamesAreNotFound() {
        for (Attempt attempt : new Attempt[] {() -> core.sensors().enable("nobody"),
            () -> core.sensors().disable("nobody"), () -> core.sensors().remove("nobody")}) {
            TetragonException e = assertThrows(TetragonException.class, attempt::run);
            assertEquals(TetragonException.Kind.NOT_FOUND, e.kind());
        }
        core.sensors().bundleInstalled("somebody", "somebody-1.0", State.RESOLVED);
        TetragonException e = assertThrows(TetragonException.class, () -> core.sensors().enable("nobody"));
        assertTrue(e.getMessage().contains("somebody"), e.getMessage());
        core.sensors().bundleGone("somebody");
        core.sensors().bundleGone("somebody");
        assertTrue(core.sensors().list().isEmpty());
    }

    @Test
    void aBundleMayRegisterItsSensorOnAnotherThreadWhileItIsStarted() throws Exception {
        FloodSensor sensor = new FloodSensor("flood", OPCODE, 0, 1);
        core.sensors().bundleInstalled("flood", "flood-1.0", State.RESOLVED);
        startable.set(sensor);
        core.sensors().enable("flood");
        assertEquals(new SensorStatus("flood", State.ATTACHED, "", "flood-1.0"), status("flood"));
        core.sensors().remove("flood");
        assertEquals(1, sensor.detached.get());
        assertTrue(core.sensors().list().isEmpty());
    }

    @Test
    void aSensorThatAUserSwitchedOffStaysOffUntilSomebodySwitchesItOn() throws Exception {
        core.sensors().bundleInstalled("flood", "flood-1.0", State.RESOLVED);
        core.sensors().disable("flood");
        FloodSensor sensor = new FloodSensor("flood", OPCODE, 0, 1);
        core.sensors().add(sensor);
        assertEquals(State.DISABLED, status("flood").state());
        core.sensors().enable("flood");
        core.sensors().enable("flood");
        assertEquals(State.ATTACHED, status("flood").state());
        core.sensors().remove(new FloodSensor("flood", OPCODE, 0, 1));
        assertEquals(State.ATTACHED, status("flood").state(), "another sensor's going is none of its business");
        core.sensors().remove(sensor);
        assertEquals(State.RESOLVED, status("flood").state());
        assertEquals(1, sensor.detached.get());
    }

    @Test
    void tasksOfADetachedSensorNoLongerRun() throws Exception {
        AtomicLong runs = new AtomicLong();
        AtomicLong lateRuns = new AtomicLong();
        FloodSensor sensor = new FloodSensor("timer", OPCODE, 0, 1) {
            @Override
            public void attached(SensorContext context) {
                context.every(Duration.ofMillis(10), () -> {
                    runs.incrementAndGet();
                    lateRuns.addAndGet(detached.get());
                });
            }
        };
        core.sensors().add(sensor);
        until(() -> runs.get() > 3);
        core.sensors().disable("timer");
        long seen = runs.get();
        FloodSensor other = new FloodSensor("other", OPCODE, 0, 1);
        core.sensors().add(other);
        core.sensors().disable("other");
        assertEquals(seen, runs.get());
        assertEquals(0, lateRuns.get());
    }

    @Test
    void aSensorThatAUserDisabledStaysOffWhenItsBundleIsReplaced() throws Exception {
        core.sensors().bundleInstalled("flood", "flood-1.0", State.RESOLVED);
        core.sensors().disable("flood");
        core.sensors().bundleGone("flood");
        core.sensors().bundleInstalled("flood", "flood-1.1", State.RESOLVED);
        core.sensors().add(new FloodSensor("flood", OPCODE, 0, 1));
        assertEquals(State.DISABLED, core.sensors().list().get(0).state());
        core.sensors().enable("flood");
        assertEquals(State.ATTACHED, core.sensors().list().get(0).state());
    }

    @Test
    void theAgentEndsUnderLoadWithItsLedgersBalanced() throws Exception {
        try (Caller caller = new Caller(Caller.ENDLESS)) {
            FloodSensor sensor = new FloodSensor("flood", OPCODE, caller.pid(), 4);
            // First, for the caller's own start already makes records.
            Subscription subscription = core.events().subscribe(SubscriptionRequest.everything("count", 1 << 16),
                    event -> {});
            core.sensors().add(sensor);
            caller.go();
            until(() -> sensor.decoded.get() > 10_000);
            core.close();
            ListenerLedger l = subscription.ledger();
            assertEquals(sensor.decoded.get(), l.offered());
            assertEquals(l.offered(), l.delivered() + l.lost(), l.toString());
            assertEquals(0, l.queued());
            assertEquals(0, sensor.missing.get());
        }
    }

    @Test
    void changesBehindTheEndAreRefused() {
        core.sensors().add(new FloodSensor("flood", OPCODE, 0, 1));
        core.close();
        TetragonException e = assertThrows(TetragonException.class, () -> core.sensors().enable("flood"));
        assertEquals(TetragonException.Kind.FAILED_PRECONDITION, e.kind());
        core.sensors().add(new FloodSensor("late", OPCODE, 0, 1));
    }

    /** Records of a sleeping reader: each round waits until it sleeps for its next record. */
    @Test
    void aSleepingReaderIsWokenByARecord() throws Exception {
        for (int i = 0; i < 20; i++) {
            try (Caller caller = new Caller(2)) {
                FloodSensor sensor = new FloodSensor("flood", OPCODE, caller.pid(), 1);
                core.sensors().add(sensor);
                LockSupport.parkNanos(60_000_000);
                caller.go();
                until(() -> sensor.decoded.get() > 0);
                caller.finish();
                core.sensors().remove(sensor);
                assertEquals(0, sensor.missing.get());
            }
        }
        balanced(core.ringLedger());
    }

    private Core start(long ring) throws TetragonException {
        try {
            return Core.start(new TestSettings(ring), new Node("node", ""), bundles, PolicyContext.offline());
        } catch (TetragonException e) {
            assumeTrue(isRoot(), "skipped: " + e.getMessage());
            throw e;
        }
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private void addElsewhere(Sensor sensor) {
        elsewhere(() -> core.sensors().add(sensor));
    }

    private static void elsewhere(Runnable task) {
        CountDownLatch done = new CountDownLatch(1);
        new Thread(() -> {
            task.run();
            done.countDown();
        }).start();
        try {
            done.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private SensorStatus status(String name) {
        return core.sensors().list().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
    }

    private static void balanced(RingLedger ledger) {
        assertEquals(ledger.produced(), ledger.consumed() + ledger.lost(), ledger.toString());
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(500_000);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws TetragonException;
    }
}
