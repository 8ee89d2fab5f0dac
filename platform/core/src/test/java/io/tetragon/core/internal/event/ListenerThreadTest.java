// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.api.event.JsonWriter;
import io.tetragon.api.listener.EventListener;
import io.tetragon.api.listener.ListenerLedger;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.listener.SubscriptionRequest;
import io.tetragon.api.sensor.KernelClock;
import io.tetragon.core.filter.EventFilter;
import io.tetragon.core.filter.FieldMasks;
import io.tetragon.proto.EventType;
import io.tetragon.proto.Filter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a listener does, each event it was offered is in one of its accounts. The test's thread is the reader. */
@Timeout(120)
class ListenerThreadTest {
    private static final KernelClock CLOCK = new KernelClock() {
        @Override
        public long monotonicToEpoch(long ktime) {
            return ktime;
        }

        @Override
        public long boottimeToEpoch(long boottime) {
            return boottime;
        }
    };

    private final EventHub hub = new EventHub(NumberedEvent.NODE, CLOCK, Set.of());

    /** Remembers what it was given; each step can be replaced. */
    private static class Recorder implements EventListener {
        final List<Event> events = Collections.synchronizedList(new ArrayList<>());
        final AtomicInteger closed = new AtomicInteger();

        @Override
        public void event(Event event) throws IOException {
            events.add(event);
        }

        @Override
        public void closed() {
            closed.incrementAndGet();
        }
    }

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void aFastListenerGetsEverythingInOrder() throws TetragonException {
        Recorder listener = new Recorder();
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("fast", 1000), listener);
        publish(0, 500);
        subscription.close();
        assertEquals(new ListenerLedger(500, 500, 0, 0, 0, 0), subscription.ledger());
        for (int i = 0; i < 500; i++) {
            assertEquals(i, ((NumberedEvent) listener.events.get(i)).number);
        }
        assertEquals(1, listener.closed.get());
        assertTrue(hub.ledgers().isEmpty());
    }

    @Test
    void whatDoesNotFitTheQueueOfASlowListenerIsLost() throws TetragonException, InterruptedException {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("slow", 10), event -> {
            busy.countDown();
            await(released);
        });
        publish(0, 1);
        busy.await();
        publish(1, 100);
        assertEquals(new ListenerLedger(100, 0, 0, 89, 0, 11), subscription.ledger());
        released.countDown();
        until(() -> subscription.ledger().queued() == 0);
        assertEquals(new ListenerLedger(100, 11, 0, 89, 0, 0), subscription.ledger());
    }

    @Test
    void anEventThatCouldNotBeWrittenIsLostAndTheNextIsTried() throws TetragonException {
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("failing", 1000), event -> {
            if (event.type() == EventType.PROCESS_EXIT) {
                throw new IOException("no");
            }
        });
        publish(0, 100);
        subscription.close();
        assertEquals(new ListenerLedger(100, 50, 0, 50, 0, 0), subscription.ledger());
    }

    @Test
    void whatAFlushCouldNotWriteIsLost() throws TetragonException {
        AtomicInteger accepted = new AtomicInteger();
        AtomicInteger lost = new AtomicInteger();
        Recorder listener = new Recorder() {
            @Override
            public void event(Event event) {
                accepted.incrementAndGet();
            }

            @Override
            public int flush() throws IOException {
                int pending = accepted.getAndSet(0);
                if (pending % 3 == 0) {
                    lost.addAndGet(pending);
                    throw new IOException("no");
                }
                lost.addAndGet(pending / 2);
                return pending / 2;
            }
        };
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("buffered", 1000), listener);
        for (int i = 0; i < 50; i++) {
            publish(i, i + 1 + i % 7);
        }
        subscription.close();
        ListenerLedger ledger = subscription.ledger();
        assertEquals(lost.get(), ledger.lost());
        balanced(ledger);
    }

    @Test
    void aFlushThatLosesMoreThanItWasGivenIsNotBelieved() throws TetragonException {
        Recorder listener = new Recorder() {
            @Override
            public int flush() {
                return Integer.MAX_VALUE;
            }
        };
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("liar", 1000), listener);
        publish(0, 10);
        subscription.close();
        assertEquals(new ListenerLedger(10, 0, 0, 10, 0, 0), subscription.ledger());
    }

    @Test
    void aListenerThatThrowsIsEndedAndWhatItDidNotDeliverIsLost() throws TetragonException {
        for (Throwable thrown : new Throwable[] {new IllegalStateException("bug"), new NoClassDefFoundError("gone")}) {
            Recorder listener = new Recorder() {
                @Override
                public void event(Event event) {
                    if (events.size() == 7) {
                        ListenerThreadTest.<RuntimeException>sneak(thrown);
                    }
                    events.add(event);
                }
            };
            Subscription subscription = hub.subscribe(SubscriptionRequest.everything("bug", 1000), listener);
            publish(0, 100);
            until(() -> hub.ledgers().isEmpty() && subscription.ledger().queued() == 0);
            // It may end before the last event is offered; from then on nobody offers it any.
            ListenerLedger ledger = subscription.ledger();
            assertEquals(7, ledger.delivered());
            assertEquals(ledger.offered(), ledger.delivered() + ledger.lost(), ledger.toString());
            assertEquals(1, listener.closed.get());
            subscription.close();
        }
    }

    @Test
    void aListenerThatThrowsInItsFlushIsClosedAllTheSame() throws TetragonException {
        Recorder listener = new Recorder() {
            @Override
            public int flush() {
                throw new IllegalStateException("bug");
            }

            @Override
            public void closed() {
                super.closed();
                throw new LinkageError("bug");
            }
        };
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("bug", 1000), listener);
        publish(0, 10);
        until(() -> hub.ledgers().isEmpty() && subscription.ledger().queued() == 0);
        assertEquals(new ListenerLedger(10, 0, 0, 10, 0, 0), subscription.ledger());
        assertEquals(1, listener.closed.get());
    }

    @Test
    void aListenerMayCloseItselfBehindTheCurrentEvent() throws Exception {
        AtomicBoolean closing = new AtomicBoolean();
        CountDownLatch subscribed = new CountDownLatch(1);
        Subscription[] own = new Subscription[1];
        Recorder listener = new Recorder() {
            @Override
            public void event(Event event) throws IOException {
                super.event(event);
                if (events.size() == 5) {
                    ListenerThreadTest.await(subscribed);
                    own[0].close();
                    closing.set(true);
                }
            }
        };
        own[0] = hub.subscribe(SubscriptionRequest.everything("self", 1000), listener);
        subscribed.countDown();
        publish(0, 5);
        until(closing::get);
        assertTrue(hub.ledgers().isEmpty());
        publish(5, 10);
        own[0].close();
        assertEquals(new ListenerLedger(5, 5, 0, 0, 0, 0), own[0].ledger());
        assertEquals(1, listener.closed.get());
    }

    @Test
    void aFullQueueIsDeliveredWhenTheListenerIsClosed() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("full", 16), event -> await(released));
        publish(0, 1);
        until(() -> subscription.ledger().queued() > 0);
        publish(1, 200);
        Thread closer = new Thread(subscription::close);
        closer.start();
        until(() -> hub.ledgers().isEmpty());
        released.countDown();
        closer.join();
        balanced(subscription.ledger());
        assertTrue(subscription.ledger().delivered() >= 16, subscription.ledger().toString());
        assertTrue(subscription.ledger().lost() > 0);
    }

    @Test
    void closingInterruptsAListenerThatBlocks() throws TetragonException {
        Recorder listener = new Recorder() {
            @Override
            public void event(Event event) throws IOException {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    throw new InterruptedIOException();
                }
            }
        };
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("blocked", 100), listener);
        publish(0, 50);
        subscription.close();
        until(() -> listener.closed.get() == 1);
        until(() -> subscription.ledger().queued() == 0);
        assertEquals(new ListenerLedger(50, 0, 0, 50, 0, 0), subscription.ledger());
    }

    @Test
    void closingDoesNotWaitForEverForListenersThatHang() throws TetragonException {
        CountDownLatch released = new CountDownLatch(1);
        List<Subscription> hanging = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            hanging.add(hub.subscribe(SubscriptionRequest.everything("hang" + i, 10), event -> {
                while (released.getCount() > 0) {
                    await(released);
                }
            }));
        }
        publish(0, 5);
        hub.close();
        hanging.forEach(subscription -> balanced(subscription.ledger()));
        released.countDown();
        hanging.forEach(subscription -> {
            until(() -> subscription.ledger().queued() == 0);
            balanced(subscription.ledger());
        });
    }

    @Test
    void theReadersThreadMayCloseASubscription() throws TetragonException {
        Recorder listener = new Recorder();
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("closed", 100), listener);
        hub.publish(new NumberedEvent(0));
        subscription.close();
        hub.publish(new NumberedEvent(1));
        hub.wake();
        assertEquals(1, listener.events.size());
        assertEquals(new ListenerLedger(1, 1, 0, 0, 0, 0), subscription.ledger());
        subscription.close();
        assertEquals(1, listener.closed.get());
    }

    @Test
    void anEventThatIsOfferedBehindTheEndIsLost() throws TetragonException {
        ListenerThread thread = thread(SubscriptionRequest.everything("late", 100), new Recorder(), null);
        thread.start();
        thread.close();
        // The reader may have taken its list of listeners before the end.
        thread.offer(new NumberedEvent(0));
        thread.wake();
        assertEquals(new ListenerLedger(1, 0, 0, 1, 0, 0), thread.ledger());
    }

    @Test
    void whatTheFilterKeepsOutIsFiltered() throws TetragonException {
        Recorder listener = new Recorder();
        Filter execs = Filter.newBuilder().addEventSet(EventType.PROCESS_EXEC).build();
        Subscription subscription = hub.subscribe(
                new SubscriptionRequest("execs", 1000, List.of(execs), List.of(), List.of(), -1), listener);
        publish(0, 101);
        subscription.close();
        assertEquals(new ListenerLedger(101, 51, 50, 0, 0, 0), subscription.ledger());
        assertTrue(listener.events.stream().allMatch(event -> event.type() == EventType.PROCESS_EXEC));
    }

    @Test
    void whatIsAboveTheRateIsToldOnceAMinute() throws TetragonException {
        AtomicLong now = new AtomicLong(1_000_000);
        Recorder listener = new Recorder();
        RateLimit limit = new RateLimit(NumberedEvent.NODE, CLOCK, 10, now::get);
        ListenerThread thread = thread(SubscriptionRequest.everything("limited", 1000), listener, limit);
        thread.start();
        offer(thread, 0, 100);
        until(() -> thread.ledger().queued() == 0);
        assertEquals(new ListenerLedger(100, 10, 0, 0, 90, 0), thread.ledger());
        assertEquals(10, listener.events.size());

        now.addAndGet(59_000_000_000L);
        offer(thread, 100, 101);
        until(() -> thread.ledger().queued() == 0);
        assertEquals(11, listener.events.size(), "nothing is told before the minute is over");

        now.addAndGet(1_000_000_001L);
        until(() -> listener.events.size() == 12);
        assertEquals("{\"rate_limit_info\":{\"number_of_dropped_process_events\":\"90\"},\"node_name\":\"node\","
                + "\"time\":\"1970-01-01T00:01:00.001000001Z\"}", json(listener.events.get(11)));
        assertEquals(90, listener.events.get(11).toProto().getRateLimitInfo().getNumberOfDroppedProcessEvents());

        now.addAndGet(600_000_000_000L);
        offer(thread, 101, 111);
        until(() -> thread.ledger().queued() == 0);
        thread.close();
        assertEquals(new ListenerLedger(111, 21, 0, 0, 90, 0), thread.ledger(), "the report is in no account");
    }

    @Test
    void whatTheFlushBehindAReportLosesIsLost() throws TetragonException {
        AtomicLong now = new AtomicLong();
        AtomicInteger pending = new AtomicInteger();
        AtomicInteger reports = new AtomicInteger();
        Recorder listener = new Recorder() {
            @Override
            public void event(Event event) {
                if (event.type() == EventType.RATE_LIMIT_INFO) {
                    reports.incrementAndGet();
                } else {
                    pending.incrementAndGet();
                    now.addAndGet(61_000_000_000L);
                }
            }

            @Override
            public int flush() {
                return pending.getAndSet(0);
            }
        };
        RateLimit limit = new RateLimit(NumberedEvent.NODE, CLOCK, 1, now::get);
        limit.admit();
        limit.admit();
        ListenerThread thread = thread(SubscriptionRequest.everything("limited", 1000), listener, limit);
        offer(thread, 0, 10);
        now.addAndGet(61_000_000_000L);
        thread.start();
        until(() -> thread.ledger().queued() == 0);
        thread.close();
        assertEquals(new ListenerLedger(10, 0, 0, 10, 0, 0), thread.ledger());
        assertEquals(1, reports.get());
    }

    @Test
    void aRateOfZeroKeepsEverythingOut() throws TetragonException {
        Recorder listener = new Recorder();
        Subscription subscription = hub.subscribe(
                new SubscriptionRequest("none", 100, List.of(), List.of(), List.of(), 0), listener);
        publish(0, 20);
        subscription.close();
        assertEquals(new ListenerLedger(20, 0, 0, 0, 20, 0), subscription.ledger());
        assertEquals(0, listener.events.size());
    }

    /** Were each wake-up missed, this would take the whole bounded sleep a hundred times. */
    @Test
    @Timeout(30)
    void aSleepingListenerIsWokenByEachBurst() throws TetragonException {
        Recorder listener = new Recorder();
        hub.subscribe(SubscriptionRequest.everything("sleeper", 100), listener);
        for (int i = 0; i < 100; i++) {
            // Past the nap in which it gathers events of a trickle.
            LockSupport.parkNanos(25_000_000);
            publish(i, i + 1);
            int expected = i + 1;
            until(() -> listener.events.size() == expected);
        }
    }

    @Test
    void aListenerThatLeavesAnInterruptBehindGoesOn() throws TetragonException {
        Recorder listener = new Recorder() {
            @Override
            public void event(Event event) throws IOException {
                super.event(event);
                Thread.currentThread().interrupt();
            }
        };
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("interrupted", 100), listener);
        for (int i = 0; i < 20; i++) {
            publish(i, i + 1);
            int expected = i + 1;
            until(() -> subscription.ledger().delivered() == expected);
        }
        subscription.close();
        assertEquals(new ListenerLedger(20, 20, 0, 0, 0, 0), subscription.ledger());
    }

    @Test
    void theLedgerBalancesAtEveryMoment() throws Exception {
        Subscription subscription = hub.subscribe(SubscriptionRequest.everything("watched", 64), event -> {
            if (event.timeNanos() % 97 == 0) {
                throw new IOException("no");
            }
        });
        AtomicBoolean ended = new AtomicBoolean();
        AtomicInteger wrong = new AtomicInteger();
        Thread watcher = new Thread(() -> {
            while (!ended.get()) {
                ListenerLedger l = subscription.ledger();
                if (l.delivered() + l.filtered() + l.lost() + l.rateLimited() + l.queued() != l.offered()
                        || l.queued() < 0) {
                    wrong.incrementAndGet();
                }
            }
        });
        watcher.start();
        for (int i = 0; i < 300_000; i += 50) {
            publish(i, i + 50);
        }
        subscription.close();
        ended.set(true);
        watcher.join();
        assertEquals(0, wrong.get());
        balanced(subscription.ledger());
        assertEquals(0, subscription.ledger().queued());
    }

    @Test
    void subscriptionsComeAndGoWhileEventsFlow() throws TetragonException {
        Recorder steady = new Recorder();
        Subscription staying = hub.subscribe(SubscriptionRequest.everything("steady", 1 << 20), steady);
        AtomicBoolean ended = new AtomicBoolean();
        List<ListenerLedger> ledgers = Collections.synchronizedList(new ArrayList<>());
        Thread visitors = new Thread(() -> {
            while (!ended.get()) {
                try {
                    Subscription visit = hub.subscribe(SubscriptionRequest.everything("visit", 8), event -> {});
                    Thread.yield();
                    visit.close();
                    ledgers.add(visit.ledger());
                } catch (TetragonException e) {
                    throw new AssertionError(e);
                }
            }
        });
        visitors.start();
        int events = 0;
        while (events < 100_000 || ledgers.size() < 100) {
            publish(events, ++events);
            if (events % 64 == 0) {
                Thread.yield();
            }
            if (events >= 1_000_000) {
                break;
            }
        }
        ended.set(true);
        until(() -> !visitors.isAlive());
        staying.close();
        assertEquals(new ListenerLedger(events, events, 0, 0, 0, 0), staying.ledger());
        assertTrue(ledgers.size() > 0);
        ledgers.forEach(ListenerThreadTest::balanced);
        ledgers.forEach(ledger -> assertEquals(0, ledger.queued()));
    }

    @Test
    void aClosedHubAndAnEmptyQueueAreRefused() {
        TetragonException size = assertThrows(TetragonException.class,
                () -> hub.subscribe(SubscriptionRequest.everything("none", 0), event -> {}));
        assertEquals(TetragonException.Kind.INVALID_ARGUMENT, size.kind());
        assertThrows(TetragonException.class,
                () -> hub.subscribe(SubscriptionRequest.everything("huge", Integer.MAX_VALUE), event -> {}));
        hub.close();
        TetragonException closed = assertThrows(TetragonException.class,
                () -> hub.subscribe(SubscriptionRequest.everything("late", 1), event -> {}));
        assertEquals(TetragonException.Kind.FAILED_PRECONDITION, closed.kind());
    }

    private static ListenerThread thread(SubscriptionRequest request, EventListener listener,
            @Nullable RateLimit limit) throws TetragonException {
        return new ListenerThread(request, listener, EventFilter.compile(List.of(), List.of()),
                FieldMasks.compile(List.of()), limit, gone -> {});
    }

    private void publish(int from, int to) {
        for (int i = from; i < to; i++) {
            hub.publish(new NumberedEvent(i));
        }
        hub.wake();
    }

    private static void offer(ListenerThread thread, int from, int to) {
        for (int i = from; i < to; i++) {
            thread.offer(new NumberedEvent(i));
        }
        thread.wake();
    }

    private static void balanced(ListenerLedger l) {
        assertEquals(l.offered(), l.delivered() + l.filtered() + l.lost() + l.rateLimited() + l.queued(), l.toString());
    }

    /** The test's own time-out is the bound. */
    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(100_000);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            // Some listeners go on as if nothing had happened.
            return;
        }
    }

    private static String json(Event event) {
        JsonWriter out = new JsonWriter(0);
        event.writeJson(out);
        return out.toString();
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }
}
