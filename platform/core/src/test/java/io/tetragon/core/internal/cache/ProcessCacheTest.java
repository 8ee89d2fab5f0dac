// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.cache;

import static io.tetragon.core.internal.cache.Descriptions.process;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.process.Process;
import io.tetragon.api.process.ProcessDescription;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Lives of processes. Identities are written {@code pid@ktime}. */
class ProcessCacheTest {
    private static final long PLENTY = 64 << 20;

    private final ProcessCache cache = cache(PLENTY, 1 << 16);

    @Test
    void aProcessHasAReferenceOfItsOwnAndOneOfEachChild() {
        Process parent = cache.executed(process(1, 10, 0, 1));
        assertEquals(1, parent.refcnt());
        fork(2, 20, 1, 10);
        fork(3, 30, 1, 10);
        assertEquals(3, parent.refcnt());
        cache.exited(2, 20);
        assertEquals(2, parent.refcnt());
        cache.exited(1, 10);
        assertEquals(1, parent.refcnt());
        cache.exited(3, 30);
        assertEquals(0, parent.refcnt());
    }

    @Test
    void anExecTakesThePlaceOfItsForkAndTheForksChildrenKeepTheFork() {
        Process shell = cache.executed(process(1, 10, 0, 1));
        Process fork = fork(2, 20, 1, 10);
        fork(3, 25, 2, 20);
        assertEquals(2, fork.refcnt());
        Process exec = execute(2, 30, 1, 10, 2, 20);
        assertEquals(1, exec.refcnt());
        assertEquals(1, fork.refcnt(), "the child of the fork");
        assertEquals(2, shell.refcnt(), "itself and the exec, the fork no longer");
        cache.exited(2, 30);
        cache.exited(3, 25);
        assertEquals(0, exec.refcnt());
        assertEquals(0, fork.refcnt());
        assertEquals(1, shell.refcnt());
    }

    @Test
    void anExecOfAnExecIsTheChildOfTheFormer() {
        Process first = cache.executed(process(5, 10, 0, 1));
        Process second = execute(5, 20, 5, 10, 5, 10);
        assertEquals(1, first.refcnt(), "its own is gone, the child's is there");
        Process third = execute(5, 30, 5, 20, 5, 20);
        assertEquals(0, first.refcnt());
        assertEquals(1, second.refcnt());
        assertEquals(1, third.refcnt());
        assertSame(third, cache.newest(5));
    }

    @Test
    void whatExitedOrExecutedAnotherHasEnded() {
        cache.executed(process(5, 10, 0, 1));
        execute(5, 20, 5, 10, 5, 10);
        assertTrue(cache.hasEnded(5, 10));
        assertFalse(cache.hasEnded(5, 20));
        cache.exited(5, 20);
        assertTrue(cache.hasEnded(5, 20));
        assertFalse(cache.hasEnded(9, 9), "nothing is known of it");
    }

    @Test
    void exitingTwiceCountsOnce() {
        Process parent = cache.executed(process(1, 10, 0, 1));
        fork(2, 20, 1, 10);
        assertNotNull(cache.exited(2, 20));
        assertNotNull(cache.exited(2, 20));
        assertEquals(1, parent.refcnt());
        assertNull(cache.exited(9, 9));
    }

    @Test
    void aChildThatWasToldBeforeItsParentTakesNothingFromIt() {
        cache.executed(process(2, 20, 1, 10));
        Process parent = cache.executed(process(1, 10, 0, 1));
        fork(3, 30, 1, 10);
        cache.exited(2, 20);
        assertEquals(2, parent.refcnt(), "its own and that of 3@30");
    }

    @Test
    void aProcessThatIsToldTwiceKeepsItsChildren() {
        cache.executed(process(1, 10, 0, 1));
        fork(2, 20, 1, 10);
        Process again = cache.executed(process(1, 10, 0, 1));
        assertEquals(2, again.refcnt());
        assertSame(again, cache.find(1, 10));
        cache.exited(2, 20);
        assertEquals(1, again.refcnt());
        assertEquals(2, entries());
    }

    @Test
    void aForkOfAnUnknownParentIsUnknown() {
        assertNull(cache.forked(2, 2, 20, 0, 1, 10, false));
        assertNull(cache.find(2, 20));
        assertTrue(cache.isEmpty());
    }

    @Test
    void theKernelIsAParentThatIsNeverCounted() {
        cache.executed(process(1, 10, 0, 1));
        Process kernel = cache.find(0, 1);
        assertNotNull(kernel);
        assertEquals("<kernel>", kernel.binary());
        assertEquals(0, kernel.refcnt());
        cache.exited(1, 10);
        assertEquals(0, kernel.refcnt());
        assertNull(cache.find(0, 2));
        assertEquals(1, entries());
    }

    @Test
    void theDeadStayForOneWholeRoundOfTheCollector() {
        cache.executed(process(1, 10, 0, 1));
        cache.exited(1, 10);
        cache.collect();
        assertNotNull(cache.find(1, 10), "behind the first round");
        cache.collect();
        assertNull(cache.find(1, 10), "behind the second round");
        assertEquals(0, entries());
    }

    @Test
    void aDeadParentStaysWhileItHasChildrenAndTwoRoundsLonger() {
        cache.executed(process(1, 10, 0, 1));
        fork(2, 20, 1, 10);
        cache.exited(1, 10);
        for (int i = 0; i < 10; i++) {
            cache.collect();
        }
        assertNotNull(cache.find(1, 10));
        cache.exited(2, 20);
        cache.collect();
        assertNotNull(cache.find(1, 10));
        cache.collect();
        assertNull(cache.find(1, 10));
        assertNull(cache.find(2, 20));
    }

    @Test
    void aDeadProcessThatGetsALateChildIsKeptForIt() {
        cache.executed(process(1, 10, 0, 1));
        cache.exited(1, 10);
        cache.collect();
        fork(2, 20, 1, 10);
        cache.collect();
        cache.collect();
        assertNotNull(cache.find(1, 10));
        cache.exited(2, 20);
        cache.collect();
        cache.collect();
        assertNull(cache.find(1, 10));
    }

    @Test
    void theUnusedDeadGoFirstThenDeadParentsThenTheLongestIdle() {
        ProcessCache small = cache(PLENTY, 6);
        small.executed(process(1, 10, 0, 1)); // a dead parent
        small.executed(process(2, 20, 1, 10)); // its living child, in use
        small.exited(1, 10);
        small.executed(process(3, 30, 0, 1)); // living, idle
        small.executed(process(4, 40, 0, 1)); // living
        small.executed(process(5, 50, 0, 1)); // dead, first
        small.executed(process(6, 60, 0, 1)); // dead, last
        small.exited(5, 50);
        small.exited(6, 60);
        small.find(2, 20);
        small.find(4, 40);
        String[] expected = {"5@50", "6@60", "1@10", "3@30", "2@20", "4@40"};
        String before = survivors(small);
        for (int i = 0; i < expected.length; i++) {
            small.executed(process(100 + i, 100 + i, 0, 1));
            String after = survivors(small);
            assertEquals(before.replace(expected[i] + " ", ""), after, "behind " + i + " evictions");
            before = after;
        }
        small.collect();
        assertEquals(3, small.stats().evictedDead());
        assertEquals(3, small.stats().evictedLiving());
    }

    @Test
    void aStormOfShortLivesPushesOutNobodyWhoLives() {
        ProcessCache bounded = cache(24 << 20, 65536);
        int daemons = 2000;
        for (int pid = 1; pid <= daemons; pid++) {
            // Each was started by a shell that is dead.
            bounded.executed(process(100_000 + pid, pid, 0, 1));
            bounded.executed(process(pid, 1_000_000L + pid, 100_000 + pid, pid));
            bounded.exited(100_000 + pid, pid);
        }
        long now = 10_000_000_000L;
        int perSecond = 2000;
        for (int second = 0; second < 300; second++) {
            for (int i = 0; i < perSecond; i++) {
                now += 1_000_000_000L / perSecond;
                int pid = 200_000 + (second * perSecond + i) % 30_000;
                bounded.forked(pid, pid, now, 0, 1, 1_000_001L, false);
                ProcessDescription d = process(pid, now + 1, 1, 1_000_001L);
                d.replacedPid = pid;
                d.replacedKtime = now;
                d.arguments = new byte[200];
                assertNotNull(bounded.executed(d));
                assertNotNull(bounded.exited(pid, now + 1), "a life of " + second + " s");
            }
            if (second % 30 == 29) {
                bounded.collect();
                assertTrue(bounded.stats().bytes() <= 24 << 20, bounded.stats().toString());
            }
        }
        bounded.collect();
        assertEquals(0, bounded.stats().evictedLiving());
        assertTrue(bounded.stats().evictedDead() > 0, "the storm was too weak to prove anything");
        for (int pid = 1; pid <= daemons; pid++) {
            assertNotNull(bounded.find(pid, 1_000_000L + pid), "daemon " + pid);
            assertNotNull(bounded.find(100_000 + pid, pid), "parent of daemon " + pid);
        }
    }

    @Test
    void theBoundInBytesHoldsBehindEachInsertion() {
        long bound = 1 << 20;
        ProcessCache bounded = cache(bound, 1 << 20);
        for (int i = 1; i < 5000; i++) {
            ProcessDescription d = process(i, i, 0, 1);
            d.arguments = new byte[i * 37 % 30_000];
            bounded.executed(d);
            bounded.collect();
            assertTrue(bounded.stats().bytes() <= bound, bounded.stats() + " at " + i);
            assertNotNull(bounded.find(i, i), "what was just entered stays");
        }
        long before = bounded.stats().bytes();
        assertTrue(before > bound / 2, "the room is used");
        bounded.forgetAll();
        assertEquals(0, bounded.stats().bytes());
    }

    @Test
    void forgettingEverythingLeavesAnEmptyCacheThatWorks() {
        for (int pid = 1; pid < 3000; pid++) {
            cache.executed(process(pid, pid, pid / 2, pid / 2));
            if (pid % 3 == 0) {
                cache.exited(pid, pid);
            }
        }
        cache.forgetAll();
        assertTrue(cache.isEmpty());
        assertEquals(0, cache.stats().entries());
        assertNull(cache.find(7, 7));
        assertNull(cache.newest(7));
        assertNull(cache.exited(7, 7));
        assertNotNull(cache.find(0, 1));
        cache.collect();
        assertEquals(1, cache.executed(process(7, 7, 3, 3)).refcnt());
        assertNotNull(cache.find(7, 7));
        assertEquals(1, entries());
    }

    @Test
    void aPidThatIsUsedAgainAndAgainIsToldApartByTime() {
        for (long ktime = 500; ktime > 0; ktime--) {
            cache.executed(process(42, ktime, 0, 1));
        }
        for (long ktime = 1; ktime <= 500; ktime++) {
            assertEquals(ktime, Objects.requireNonNull(cache.find(42, ktime)).ktime());
        }
        assertEquals(500, Objects.requireNonNull(cache.newest(42)).ktime());
        assertNull(cache.find(42, 501));
        assertNull(cache.newest(43));
        for (long ktime = 500; ktime > 1; ktime--) {
            cache.exited(42, ktime);
        }
        cache.collect();
        cache.collect();
        assertEquals(1, Objects.requireNonNull(cache.newest(42)).ktime());
    }

    private static ProcessCache cache(long bytes, int entries) {
        return new ProcessCache(new ProcessEncoding("node", false, false, Descriptions.HOST), d -> "", bytes, entries);
    }

    private static String survivors(ProcessCache cache) {
        StringBuilder all = new StringBuilder();
        for (int pid = 1; pid <= 6; pid++) {
            // Not by find, which is a use.
            if (cache.newest(pid) != null) {
                all.append(pid).append('@').append(pid * 10).append(' ');
            }
        }
        return all.toString();
    }

    private int entries() {
        cache.collect();
        return cache.stats().entries();
    }

    private Process fork(int pid, long ktime, int parentPid, long parentKtime) {
        return Objects.requireNonNull(cache.forked(pid, pid, ktime, 0, parentPid, parentKtime, false));
    }

    private Process execute(int pid, long ktime, int parentPid, long parentKtime, int replacedPid, long replacedKtime) {
        ProcessDescription d = process(pid, ktime, parentPid, parentKtime);
        d.replacedPid = replacedPid;
        d.replacedKtime = replacedKtime;
        return cache.executed(d);
    }
}
