// SPDX-License-Identifier: Apache-2.0
package io.tetragon.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.tetragon.api.event.Event;
import io.tetragon.api.listener.ListenerLedger;
import io.tetragon.proto.AggregationOptions;
import io.tetragon.proto.EventType;
import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.FieldFilterAction;
import io.tetragon.proto.Filter;
import io.tetragon.proto.GetEventsRequest;
import io.tetragon.proto.GetEventsResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class EventStreamTest {
    private static final GetEventsRequest EVERYTHING = GetEventsRequest.getDefaultInstance();

    @TempDir
    Path directory;

    private Rig rig;

    @BeforeEach
    void start() throws Exception {
        rig = new Rig(directory);
    }

    @AfterEach
    void stop() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void eventsArriveWholeAndInOrder(String transport) throws Exception {
        ManagedChannel channel = transport.equals("tcp") ? rig.tcp() : rig.unix();
        Rig.Stream stream = rig.stream(channel, EVERYTHING).request(Integer.MAX_VALUE);
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            // Every 97th is greater than the buffers on the way, which must neither tear nor mix it.
            events.add(new TestEvent(EventType.PROCESS_EXEC, i, i % 97 == 0 ? 300_000 : i));
        }
        for (Event event : events) {
            Rig.eventually("the queue has room", () -> rig.bus.open.get(0).ledger().queued() < Rig.QUEUE);
            rig.bus.publish(event);
        }
        for (Event event : events) {
            GetEventsResponse received = stream.received.poll(30, TimeUnit.SECONDS);
            assertEquals(event.toProto(), received);
        }
    }

    @Test
    void filtersQueueSizeAndMasksReachTheSubscription() throws Exception {
        FieldFilter mask = FieldFilter.newBuilder()
                .setFields(FieldMask.newBuilder().addPaths("process.arguments"))
                .setAction(FieldFilterAction.EXCLUDE)
                .build();
        GetEventsRequest request = GetEventsRequest.newBuilder()
                .addAllowList(Filter.newBuilder().addEventSet(EventType.PROCESS_EXIT))
                .addAllowList(Filter.newBuilder().addEventSet(EventType.PROCESS_LOADER))
                .addDenyList(Filter.newBuilder().addEventSet(EventType.PROCESS_LOADER))
                .addFieldFilters(mask)
                .setAggregationOptions(AggregationOptions.newBuilder().setChannelBufferSize(7))
                .build();
        Rig.Stream stream = rig.stream(rig.tcp(), request).request(10);
        assertEquals(Rig.QUEUE, rig.bus.open.get(0).request.queueSize());
        rig.bus.publish(new TestEvent(EventType.PROCESS_EXEC, 1, 1));
        rig.bus.publish(new TestEvent(EventType.PROCESS_LOADER, 2, 1));
        rig.bus.publish(new TestEvent(EventType.PROCESS_EXIT, 3, 1));
        GetEventsResponse exit = stream.received.poll(30, TimeUnit.SECONDS);
        assertNotNull(exit);
        assertEquals(new TestEvent(EventType.PROCESS_EXIT, 3, 0).toProto(), exit);
        assertEquals(2, rig.bus.open.get(0).ledger().filtered());
    }

    @Test
    void aFilterThatCannotBeHonouredIsAnInvalidArgument() throws Exception {
        GetEventsRequest request = GetEventsRequest.newBuilder()
                .addAllowList(Filter.newBuilder().addPidSet(1))
                .build();
        Status status = rig.stream(rig.tcp(), request).request(1).status();
        assertEquals(Status.Code.INVALID_ARGUMENT, status.getCode());
        assertEquals(
                "filter (allow list, entry 1): pid_set is not supported in this version (leave it out)",
                status.getDescription());
        assertEquals(List.of(), rig.bus.open);
    }

    @Test
    void aClientThatDoesNotReadLosesItsOwnEventsOnly() throws Exception {
        Rig.Stream slow = rig.stream(rig.tcp(), EVERYTHING);
        MemoryBus.Running slowSide = rig.bus.open.get(0);
        Rig.Stream fast = rig.stream(rig.unix(), EVERYTHING).request(Integer.MAX_VALUE);
        MemoryBus.Running fastSide = rig.bus.open.get(1);
        int count = 5000;
        for (int i = 0; i < count; i++) {
            Rig.eventually("the fast client reads", () -> fastSide.ledger().queued() < Rig.QUEUE);
            rig.bus.publish(new TestEvent(EventType.PROCESS_EXEC, i, 1000));
        }
        for (int i = 0; i < count; i++) {
            assertEquals(i, fast.next());
        }
        assertEquals(0, fastSide.ledger().lost());
        ListenerLedger before = slowSide.ledger();
        assertTrue(before.lost() > 0, before.toString());
        assertEquals(count, before.offered());

        // Flow control windows and one queue of events are all that was kept for it.
        long kept = before.offered() - before.lost();
        assertTrue(kept < Rig.QUEUE + 4 * 1024 * 1024 / 1000, kept + " events were kept");

        slow.request(Integer.MAX_VALUE);
        long last = -1;
        for (long i = 0; i < kept; i++) {
            long next = slow.next();
            assertTrue(next > last, next + " behind " + last);
            last = next;
        }
        rig.bus.publish(TestEvent.exec(77_777));
        assertEquals(77_777, slow.next());
    }

    @Test
    void aClientThatLeavesIsUnsubscribedThoughNoEventFlows() throws Exception {
        Rig.Stream stream = rig.stream(rig.tcp(), EVERYTHING);
        assertEquals(1, rig.bus.open.size());
        stream.call.cancel("enough", null);
        Rig.eventually("the subscription ends", () -> rig.bus.open.isEmpty());
        Rig.eventually("its thread ends", () -> !rig.bus.ended.get(0).thread.isAlive());
    }

    @Test
    void aClientThatLeavesWhileItsEventsWaitIsUnsubscribed() throws Exception {
        Rig.Stream stream = rig.stream(rig.tcp(), EVERYTHING);
        MemoryBus.Running running = rig.bus.open.get(0);
        for (int i = 0; running.ledger().lost() == 0; i++) {
            rig.bus.publish(new TestEvent(EventType.PROCESS_EXEC, i, 1000));
        }
        stream.call.cancel("enough", null);
        Rig.eventually("the subscription ends", () -> rig.bus.open.isEmpty());
        ListenerLedger ledger = running.ledger();
        assertEquals(ledger.offered(), ledger.delivered() + ledger.lost(), ledger.toString());
    }

    @Test
    void aClientWhoseConnectionBreaksIsUnsubscribed() throws Exception {
        ManagedChannel channel = rig.unix();
        rig.stream(channel, EVERYTHING);
        channel.shutdownNow();
        Rig.eventually("the subscription ends", () -> rig.bus.open.isEmpty());
    }

    @Test
    void streamsBeyondTheLimitAreRefusedUntilOneEnds() throws Exception {
        ManagedChannel channel = rig.tcp();
        List<Rig.Stream> open = new ArrayList<>();
        for (int i = 0; i < Rig.MAX_STREAMS; i++) {
            open.add(rig.stream(channel, EVERYTHING));
        }
        Status refused = rig.stream(channel, EVERYTHING).request(1).status();
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, refused.getCode());
        assertEquals(
                "GetEvents: 4 streams are open, no more are allowed (end another)", refused.getDescription());
        open.get(0).call.cancel("make room", null);
        Rig.eventually("there is room", () -> rig.bus.open.size() < Rig.MAX_STREAMS);
        Rig.Stream another = rig.stream(channel, EVERYTHING).request(1);
        rig.bus.publish(TestEvent.exec(5));
        assertEquals(5, another.next());
    }

    @Test
    void anAgentThatStopsTellsItsClients() throws Exception {
        GetEventsRequest exits = GetEventsRequest.newBuilder()
                .addAllowList(Filter.newBuilder().addEventSet(EventType.PROCESS_EXIT))
                .build();
        Rig.Stream idle = rig.stream(rig.tcp(), exits).request(1);
        Rig.Stream stuck = rig.stream(rig.unix(), EVERYTHING);
        MemoryBus.Running stuckSide = rig.bus.open.get(1);
        for (int i = 0; stuckSide.ledger().lost() == 0; i++) {
            rig.bus.publish(new TestEvent(EventType.PROCESS_EXEC, i, 1000));
        }
        rig.server.close();
        assertEquals(List.of(), rig.bus.open);
        assertEquals(Status.Code.UNAVAILABLE, idle.status().getCode());
        assertEquals("agent is shutting down", idle.status().getDescription());
        assertNotNull(stuck.request(Integer.MAX_VALUE).status());
    }

    @Test
    void aStreamThatTheBusEndsIsEndedForTheClient() throws Exception {
        Rig.Stream stream = rig.stream(rig.tcp(), EVERYTHING).request(1);
        rig.bus.open.get(0).close();
        assertEquals(Status.Code.UNAVAILABLE, stream.status().getCode());
    }
}
