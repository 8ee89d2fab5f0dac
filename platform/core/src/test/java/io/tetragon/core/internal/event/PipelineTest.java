// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.api.TetragonException;
import io.tetragon.api.listener.Subscription;
import io.tetragon.api.listener.SubscriptionRequest;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.ProcessDescription;
import io.tetragon.core.internal.cache.ProcessCache;
import io.tetragon.core.internal.cache.ProcessEncoding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From the decoder to the listeners; the test's thread is the reader. */
@Timeout(60)
class PipelineTest {
    private final ProcessCache processes = new ProcessCache(
            new ProcessEncoding("node", false, false, new Namespaces(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), d -> "", 1 << 20, 1000);
    private final EventHub hub = new EventHub(NumberedEvent.NODE, new MonotonicClock(Path.of("/proc")), Set.of());
    private final Pipeline pipeline = new Pipeline(processes, hub, 1_000_000_000L, 15);
    private final List<Integer> got = new ArrayList<>();
    private Subscription subscription;

    @BeforeEach
    void subscribe() throws TetragonException {
        subscription = hub.subscribe(SubscriptionRequest.everything("test", 1000),
                event -> got.add(((NumberedEvent) event).number));
    }

    @Test
    void completeEventsKeepTheOrderOfTheirRecords() {
        know(1);
        know(2);
        for (int i = 0; i < 100; i++) {
            pipeline.publish(new NumberedEvent(i, 1 + i % 2, 1 + i % 2));
        }
        subscription.close();
        for (int i = 0; i < 100; i++) {
            assertEquals(i, got.get(i));
        }
        assertEquals(0, pipeline.parkedTotal());
    }

    @Test
    void anIncompleteEventWaitsAndHoldsUpNobodyElse() {
        know(1);
        pipeline.publish(new NumberedEvent(1, 1, 1));
        pipeline.publish(new NumberedEvent(2, 2, 2));
        pipeline.publish(new NumberedEvent(3, 3, 3));
        pipeline.publish(new NumberedEvent(4, 1, 1));
        know(3);
        know(2);
        pipeline.retryParked();
        pipeline.publish(new NumberedEvent(5, 2, 2));
        subscription.close();
        assertEquals(List.of(1, 4, 2, 3, 5), got);
        assertEquals(2, pipeline.parkedTotal());
        assertEquals(0, pipeline.incomplete());
    }

    @Test
    void whileNobodyKnowsAnyProcessEventsDoNotWait() {
        pipeline.publish(new NumberedEvent(1, 1, 1));
        subscription.close();
        assertEquals(List.of(1), got);
        assertEquals(0, pipeline.parkedTotal());
        assertEquals(1, pipeline.incomplete());
    }

    @Test
    void atTheEndParkedEventsAreDelivered() {
        know(1);
        pipeline.publish(new NumberedEvent(2, 2, 2));
        pipeline.publish(new NumberedEvent(1, 1, 1));
        pipeline.publishParked();
        subscription.close();
        assertEquals(List.of(1, 2), got);
        assertEquals(1, pipeline.incomplete());
    }

    private void know(int pid) {
        ProcessDescription d = new ProcessDescription();
        d.pid = pid;
        d.ktime = pid;
        processes.executed(d);
    }
}
