// SPDX-License-Identifier: Apache-2.0
package io.tetragon.bpf.headers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which events pass a limit, decided in the kernel at times of the test's choice. */
class ThrottleTest {
    /** Of {@code struct throttle_limit} and {@code struct throttle_rate}. */
    private static final int LIMIT_SIZE = 24;
    private static final int CURRENT = 8;
    private static final int PREVIOUS = 16;
    private static final long DAY_NANOS = TimeUnit.DAYS.toNanos(1);

    /** Times in milliseconds since some boot; a character for each event, whether it was sent (+) or not (-). */
    @ParameterizedTest(name = "{0} events in {1} ms, quiet for {2}: {3}")
    @CsvSource(delimiter = '|', value = {
        // As many as the limit says, and when a whole interval was empty everything begins anew.
        "3 | 1000 | 0    | 5000 5000 5000 7000 7000 7000       | ++++++",
        "3 | 1000 | 0    | 5000 5000 5000 5001 5999            | +++--",
        // The last interval counts by the part of it that a sliding one covers: 4, 3, 2, 1 of its 4 events.
        "4 | 1000 | 0    | 5999 5999 5999 5999 6000            | ++++-",
        "4 | 1000 | 0    | 5999 5999 5999 5999 6250 6250       | +++++-",
        "4 | 1000 | 0    | 5999 5999 5999 5999 6500 6500 6500  | ++++++-",
        "4 | 1000 | 0    | 5999 5999 5999 5999 6999 6999 6999 6999 6999 | ++++++++-",
        // What is not sent counts, so a flood stays above the limit.
        "1 | 1000 | 0    | 5000 5500 6000 6500 7000 9000       | +----+",
        // Above the limit once, nothing passes before the rate was below for the quiet time.
        "2 | 100  | 5000 | 5000 5001 5002 6000 8000 10001 10002| ++----+",
        "2 | 100  | 5000 | 5000 5001 5002 10001 10001 10001 10001 10002 15001 15002 | ++-------+",
        // The limit of one event an hour.
        "1 | 3600000 | 5000 | 7200000 7200001 7206000 10800000 14400000 18000001 | +----+",
    })
    void anEventPassesBelowTheLimit(long events, long interval, long quiet, String times, String expected)
            throws IOException {
        try (Helpers helpers = Helpers.load(object -> {})) {
            limit(helpers, events, TimeUnit.MILLISECONDS.toNanos(interval), TimeUnit.MILLISECONDS.toNanos(quiet));
            StringBuilder sent = new StringBuilder();
            for (String time : times.strip().split(" +")) {
                sent.append(helpers.run("decide", TimeUnit.MILLISECONDS.toNanos(Long.parseLong(time))) == 1 ? '+' : '-');
            }
            assertEquals(expected, sent.toString());
        }
    }

    @Test
    void theLongestIntervalAndManyEventsDoNotOverflow() throws IOException {
        try (Helpers helpers = Helpers.load(object -> {})) {
            limit(helpers, 1L << 40, DAY_NANOS, 0);
            assertEquals(1, helpers.run("decide", 400 * DAY_NANOS));
            ByteBuffer rate = helpers.element("rate", 0);
            // As many in the last interval as a CPU can do in a day, and the half of it still counts.
            rate.putLong(0, 400).putLong(CURRENT, (1L << 41) - 2);
            helpers.set("rate", 0, rate.array());
            assertEquals(1, helpers.run("decide", 401 * DAY_NANOS + DAY_NANOS / 2));
            assertEquals(1, helpers.element("rate", 0).getLong(CURRENT));
            assertEquals((1L << 41) - 2, helpers.element("rate", 0).getLong(PREVIOUS));
            assertEquals(0, helpers.run("decide", 401 * DAY_NANOS + DAY_NANOS / 4));
        }
    }

    @Test
    void anIntervalThatIsBeingChangedDoesNoHarm() throws IOException {
        try (Helpers helpers = Helpers.load(object -> {})) {
            limit(helpers, 10, 0, 0);
            assertEquals(1, helpers.run("decide", 1));
        }
    }

    private static void limit(Helpers helpers, long events, long interval, long quiet) {
        helpers.set("throttle_limit", 0, ByteBuffer.allocate(LIMIT_SIZE).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(events).putLong(interval).putLong(quiet).array());
    }
}
