// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.event.Event;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class EventQueueTest {
    private static final int EVENTS = 400_000;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 1000, 10_000})
    void holdsExactlyWhatItWasMadeFor(int capacity) {
        EventQueue queue = new EventQueue(capacity, Long.MAX_VALUE);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < capacity; i++) {
                assertTrue(queue.offer(new NumberedEvent(i)));
            }
            assertFalse(queue.offer(new NumberedEvent(-1)));
            assertEquals(capacity, queue.size());
            for (int i = 0; i < capacity; i++) {
                assertEquals(i, number(queue.poll()));
            }
            assertNull(queue.poll());
            assertEquals(0, queue.size());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 64, 10_000})
    void losesNothingAndKeepsTheOrderBetweenTwoThreads(int capacity) throws InterruptedException {
        EventQueue queue = new EventQueue(capacity, Long.MAX_VALUE);
        Thread producer = new Thread(() -> {
            for (int i = 0; i < EVENTS; i++) {
                NumberedEvent event = new NumberedEvent(i);
                while (!queue.offer(event)) {
                    Thread.yield();
                }
            }
        });
        producer.start();
        for (int expected = 0; expected < EVENTS; ) {
            Event event = queue.poll();
            if (event == null) {
                Thread.yield();
                continue;
            }
            assertEquals(expected, number(event));
            assertTrue(queue.size() <= capacity);
            expected++;
        }
        producer.join();
        assertNull(queue.poll());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 1000})
    void whatIsRefusedAndWhatIsTakenIsAllThatWasOffered(int capacity) throws InterruptedException {
        EventQueue queue = new EventQueue(capacity, Long.MAX_VALUE);
        AtomicInteger refused = new AtomicInteger();
        Thread producer = new Thread(() -> {
            for (int i = 0; i < EVENTS; i++) {
                if (!queue.offer(new NumberedEvent(i))) {
                    refused.incrementAndGet();
                }
            }
        });
        producer.start();
        int taken = 0;
        int last = -1;
        while (true) {
            boolean ended = !producer.isAlive();
            Event event = queue.poll();
            if (event != null) {
                assertTrue(number(event) > last, "order");
                last = number(event);
                taken++;
            } else if (ended) {
                break;
            }
        }
        assertEquals(EVENTS, taken + refused.get());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 999, 1000})
    void isFullWithFewLargeEventsToo(int room) {
        EventQueue queue = new EventQueue(100, room);
        for (int round = 0; round < 3; round++) {
            assertTrue(queue.offer(new NumberedEvent(1, 1000)), "an empty queue takes any");
            assertFalse(queue.offer(new NumberedEvent(2, 1)));
            assertEquals(1, number(queue.poll()));
            assertNull(queue.poll());
        }
    }

    private static int number(@Nullable Event event) {
        assertNotNull(event);
        return ((NumberedEvent) event).number;
    }
}
