// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.event.ProcessEvent;
import io.tetragon.api.process.Namespaces;
import io.tetragon.api.process.ProcessDescription;
import io.tetragon.core.internal.cache.ProcessCache;
import io.tetragon.core.internal.cache.ProcessEncoding;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Events that wait for their process. The pid of an event is its number unless said otherwise. */
class EventCacheTest {
    private static final long DELAY = 100;

    private final ProcessCache processes = new ProcessCache(
            new ProcessEncoding("node", false, false, new Namespaces(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), d -> "", 1 << 20, 1000);
    private final List<String> out = new ArrayList<>();

    @Test
    void anEventThatFindsItsProcessGoesOutWithIt() {
        EventCache cache = cache(5, 100);
        NumberedEvent event = event(7);
        cache.park(event, 0);
        cache.retry(99);
        assertEquals(List.of(), out, "it is not due");
        know(7);
        cache.retry(100);
        assertEquals(List.of("7"), out);
        assertNotNull(event.process());
        assertTrue(cache.isEmpty());
        assertEquals(1, cache.parkedTotal());
        assertEquals(0, cache.incomplete());
    }

    @Test
    void anEventWaitsForItsParentToo() {
        EventCache cache = cache(5, 100);
        NumberedEvent event = event(7);
        know(7, 6);
        assertEquals(false, event.resolve(processes));
        cache.park(event, 0);
        cache.retry(100);
        assertEquals(List.of(), out);
        know(6);
        cache.retry(200);
        assertEquals(List.of("7"), out);
        assertNotNull(event.parent());
    }

    @Test
    void isGivenUpBehindExactlySoManyTries() {
        EventCache cache = cache(3, 100);
        NumberedEvent event = event(7);
        cache.park(event, 0);
        cache.retry(100);
        cache.retry(150);
        cache.retry(200);
        assertEquals(List.of(), out);
        cache.retry(300);
        assertEquals(List.of("7"), out);
        assertNull(event.process());
        assertEquals(1, cache.incomplete());
        cache.retry(400);
        assertEquals(List.of("7"), out);
    }

    @Test
    void withoutTriesNothingWaits() {
        EventCache cache = cache(0, 100);
        cache.park(event(7), 0);
        assertEquals(List.of("7"), out);
        assertTrue(cache.isEmpty());
        assertEquals(1, cache.incomplete());
    }

    @Test
    void whenItIsFullTheOldestGoesOutWithWhatIsKnown() {
        EventCache cache = cache(5, 3);
        for (int i = 1; i <= 3; i++) {
            cache.park(event(i), i);
        }
        know(2);
        cache.park(event(4), 4);
        assertEquals(List.of("1"), out);
        assertEquals(1, cache.incomplete());
        cache.park(event(5), 5);
        assertEquals(List.of("1", "2"), out);
        assertEquals(1, cache.incomplete(), "2 was complete by then");
    }

    @Test
    void retryingAllDoesNotWaitForTheTimeAndKeepsTheOrder() {
        EventCache cache = cache(5, 100);
        for (int i = 1; i <= 6; i++) {
            cache.park(event(i), i);
        }
        know(2);
        know(5);
        cache.retryAll();
        assertEquals(List.of("2", "5"), out);
        know(1);
        know(3);
        know(4);
        know(6);
        cache.retry(1000);
        assertEquals(List.of("2", "5", "1", "3", "4", "6"), out);
    }

    @Test
    void atTheEndEverythingGoes() {
        EventCache cache = cache(5, 100);
        for (int i = 1; i <= 4; i++) {
            cache.park(event(i), i);
        }
        know(3);
        cache.giveUpAll();
        assertEquals(List.of("3", "1", "2", "4"), out);
        assertEquals(3, cache.incomplete());
        assertTrue(cache.isEmpty());
    }

    @Test
    void theTimeMayPassTheEndOfItsRange() {
        EventCache cache = cache(2, 100);
        cache.park(event(1), Long.MAX_VALUE - 50);
        cache.retry(Long.MAX_VALUE);
        assertEquals(List.of(), out);
        cache.retry(Long.MIN_VALUE + 60);
        cache.retry(Long.MIN_VALUE + 200);
        assertEquals(List.of("1"), out);
    }

    private EventCache cache(int retries, int capacity) {
        return new EventCache(processes, (ProcessEvent event) -> out.add(String.valueOf(((NumberedEvent) event).number)),
                DELAY, retries, capacity);
    }

    private static NumberedEvent event(int number) {
        return new NumberedEvent(number, number, number);
    }

    private void know(int pid) {
        know(pid, 0);
    }

    private void know(int pid, int parent) {
        ProcessDescription d = new ProcessDescription();
        d.pid = pid;
        d.ktime = pid;
        d.parentPid = parent;
        d.parentKtime = parent;
        processes.executed(d);
    }
}
