// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.cgrouprate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tetragon.api.EventRate;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CgroupRateTest {
    private static final EventRate LIMIT = new EventRate(10, Duration.ofSeconds(1));
    private static final long MILLI = 1_000_000;
    private static final long QUIET = 5000 * MILLI;

    /** Times in milliseconds; the second CPU has nothing to say. */
    @ParameterizedTest(name = "{1} events in second {0}, {2} in the one before, over at {3}: at {4} below {5}, idle {6}")
    @CsvSource({
        "100, 5,  0,  0,      100500, true,  false",
        "100, 9,  0,  0,      100500, true,  false",
        "100, 10, 0,  0,      100500, false, false",
        "100, 50, 0,  100100, 100500, false, false",
        "100, 50, 0,  100100, 105099, false, false",
        "100, 50, 0,  100100, 105100, true,  true",
        "100, 0,  18, 0,      100499, false, false",
        "100, 0,  18, 0,      100500, true,  false",
        "100, 18, 0,  0,      101499, false, false",
        "100, 18, 0,  0,      101500, true,  false",
        "100, 18, 0,  0,      102000, true,  true",
    })
    void aCgroupIsBelowWhenForTheQuietTimeNoEventWasAboveAndNoneWouldBe(long slot, long current, long previous, long over,
            long now, boolean below, boolean idle) {
        byte[] busy = Records.cpu(slot, current, previous, over * MILLI, 0, false);
        byte[] nothing = Records.cpu(0, 0, 0, 0, 0, false);
        for (byte[] cpus : new byte[][] {Records.cpus(busy, nothing), Records.cpus(nothing, busy)}) {
            CgroupRate rate = CgroupRate.of(cpus);
            assertEquals(below, rate.isBelow(LIMIT, QUIET, now * MILLI));
            assertEquals(idle, rate.isIdle(LIMIT, QUIET, now * MILLI));
        }
    }

    @Test
    void countsAreThoseOfAllCpusAndOneThatSawTheRemovalIsEnough() {
        byte[] one = Records.cpu(1, 0, 0, 0, 7, false);
        byte[] other = Records.cpu(2, 0, 0, 0, 5, true);
        assertEquals(12, CgroupRate.of(Records.cpus(one, other)).execs());
        assertEquals(24, CgroupRate.of(Records.cpus(one, other)).clones());
        assertTrue(CgroupRate.of(Records.cpus(one, other)).isGone());
        assertFalse(CgroupRate.of(Records.cpus(one, one)).isGone());
    }
}
