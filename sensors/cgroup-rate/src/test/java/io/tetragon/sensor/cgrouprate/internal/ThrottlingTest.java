// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.cgrouprate.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tetragon.api.EventRate;
import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.MalformedRecordException;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.RingRecord;
import io.tetragon.bpf.StandaloneMap;
import io.tetragon.proto.GetEventsResponse;
import io.tetragon.proto.ThrottleType;
import io.tetragon.sensor.cgrouprate.internal.abi.MsgThrottle;
import io.tetragon.sensor.cgrouprate.internal.abi.ThrottleRate;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ThrottlingTest {
    private static final EventRate LIMIT = new EventRate(10, Duration.ofSeconds(1));
    private static final long SECOND = 1_000_000_000L;
    private static final String START = "{\"process_throttle\":{\"type\":\"THROTTLE_START\",\"cgroup\":\"%s\"},"
            + "\"node_name\":\"n\",\"time\":\"%s\"}";
    private static final String STOP = START.replace("START", "STOP");

    private final TestContext context = new TestContext(LIMIT);
    private final Throttling throttling = new Throttling(context, LIMIT);

    @Test
    void theFirstCpuThatThrottlesMakesTheEvent() {
        throttling.started(RingRecord.of(Records.started(5, SECOND, "one")));
        throttling.started(RingRecord.of(Records.started(5, 2 * SECOND, "one")));
        throttling.started(RingRecord.of(Records.started(6, 3 * SECOND, "two")));
        assertEquals(List.of(String.format(START, "one", "1970-01-01T00:00:11Z"),
                String.format(START, "two", "1970-01-01T00:00:13Z")), context.lines());
    }

    /** Bytes of names, as Latin-1; what events have in JSON and in messages. */
    @ParameterizedTest
    @MethodSource
    void namesAreEscapedAndRepaired(String name, String json, String text) {
        throttling.started(RingRecord.of(Records.started(5, SECOND, name)));
        assertEquals(text, context.events.get(0).toProto().getProcessThrottle().getCgroup());
        assertEquals(List.of(String.format(START, json, "1970-01-01T00:00:11Z")), context.lines());
    }

    static Stream<Arguments> namesAreEscapedAndRepaired() {
        char control = 1;
        char replacement = 0xfffd;
        char eAcute = 0xe9;
        return Stream.of(
                Arguments.of("", "/", "/"),
                Arguments.of("a b", "a b", "a b"),
                Arguments.of("say \"hi\"", "say \\\"hi\\\"", "say \"hi\""),
                Arguments.of("back\\slash", "back\\\\slash", "back\\slash"),
                Arguments.of(control + "[31m", "\\u0" + "001[31m", control + "[31m"),
                Arguments.of("line\nbreak", "line\\nbreak", "line\nbreak"),
                Arguments.of(latin1(0xc3, 0xa9), "" + eAcute, "" + eAcute),
                Arguments.of("bad" + latin1(0xff, 0xfe) + "end", "bad" + replacement + "end", "bad" + replacement + "end"));
    }

    private static String latin1(int... bytes) {
        return new String(bytes, 0, bytes.length);
    }

    @Test
    void theMessageIsThatOfTheInterface() {
        throttling.started(RingRecord.of(Records.started(5, SECOND, "one")));
        Event event = context.events.get(0);
        assertNull(event.process());
        assertNull(event.parent());
        GetEventsResponse message = event.toProto();
        assertEquals(ThrottleType.THROTTLE_START, message.getProcessThrottle().getType());
        assertEquals("one", message.getProcessThrottle().getCgroup());
        assertEquals("n", message.getNodeName());
        assertEquals(11, message.getTime().getSeconds());
    }

    @Test
    void aRecordThatIsCutIsRefusedAndOneWithNonsenseInItHarmsNobody() {
        byte[] sound = Records.started(5, SECOND, "n".repeat(MsgThrottle.NAME_SIZE - 1));
        for (int length = 0; length < sound.length - 1; length++) {
            RingRecord cut = RingRecord.of(Arrays.copyOf(sound, length));
            assertThrows(MalformedRecordException.class, () -> throttling.started(cut), "of " + length + " bytes");
        }
        for (int length : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, MsgThrottle.NAME_SIZE + 1, 0}) {
            byte[] record = sound.clone();
            ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN).putInt(MsgThrottle.NAME_LENGTH, length);
            new Throttling(context, LIMIT).started(RingRecord.of(record));
        }
        Random random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            byte[] record = sound.clone();
            for (int n = random.nextInt(40); n >= 0; n--) {
                record[random.nextInt(record.length)] = (byte) random.nextInt();
            }
            new Throttling(context, LIMIT).started(RingRecord.of(record));
        }
        assertEquals(2005, context.lines().size());
    }

    @Test
    void itStopsWhenTheCountsSayThatItIsOverAndTheEntryGoes() {
        try (StandaloneMap rates = rates()) {
            put(rates, 5, Records.cpu(100, 50, 0, 100 * SECOND, 40, false));
            put(rates, 6, Records.cpu(100, 3, 0, 0, 0, false));
            throttling.started(RingRecord.of(Records.started(5, 100 * SECOND, "one")));
            throttling.started(RingRecord.of(Records.started(7, 100 * SECOND, "lost")));
            context.lines();
            throttling.look(rates, 104 * SECOND);
            assertEquals(List.of(String.format(STOP, "lost", "1970-01-01T00:01:54Z")), context.lines(),
                    "that of which the kernel knows nothing any more");
            throttling.look(rates, 105 * SECOND);
            assertEquals(List.of(String.format(STOP, "one", "1970-01-01T00:01:55Z")), context.lines());
            assertEquals(new TreeSet<>(List.of(6L)), ids(rates));
            throttling.look(rates, 106 * SECOND);
            assertEquals(List.of(), context.lines());
        }
    }

    @Test
    void itStopsAtOnceWhenTheCgroupIsRemovedHoweverLongTheInterval() {
        Throttling hourly = new Throttling(context, new EventRate(10, Duration.ofHours(1)));
        try (StandaloneMap rates = rates()) {
            put(rates, 5, Records.cpu(0, 50, 0, 100 * SECOND, 40, true));
            put(rates, 6, Records.cpu(0, 50, 0, 100 * SECOND, 40, false));
            hourly.started(RingRecord.of(Records.started(5, 100 * SECOND, "removed")));
            hourly.started(RingRecord.of(Records.started(6, 100 * SECOND, "there")));
            context.lines();
            hourly.look(rates, 101 * SECOND);
            assertEquals(List.of(String.format(STOP, "removed", "1970-01-01T00:01:51Z")), context.lines());
            assertEquals(new TreeSet<>(List.of(6L)), ids(rates));
        }
    }

    @Test
    void entriesOfIdleAndRemovedCgroupsAreSweptOutExceptThrottledOnes() {
        try (StandaloneMap rates = rates()) {
            put(rates, 5, Records.cpu(90, 50, 0, 90 * SECOND, 40, true));
            put(rates, 6, Records.cpu(98, 50, 0, 0, 0, false));
            put(rates, 7, Records.cpu(99, 1, 0, 0, 0, false));
            put(rates, 8, Records.cpu(100, 1, 0, 0, 0, true));
            throttling.started(RingRecord.of(Records.started(5, 90 * SECOND, "throttled")));
            throttling.sweep(rates, 100 * SECOND);
            assertEquals(new TreeSet<>(List.of(5L, 7L)), ids(rates));
        }
    }

    @Test
    void theEndOfTheLimitIsTheEndOfAllThrottling() {
        try (StandaloneMap rates = rates()) {
            for (long id = 1; id <= 30; id++) {
                put(rates, id, Records.cpu(100, 50, 0, 100 * SECOND, id, false));
                throttling.started(RingRecord.of(Records.started(id, 100 * SECOND, "c" + id)));
            }
            context.lines();
            throttling.end(Throttling.takeAll(rates), 101 * SECOND);
            List<String> lines = context.lines();
            assertEquals(30, lines.size());
            assertTrue(lines.stream().allMatch(line -> line.contains("THROTTLE_STOP")), lines::toString);
            assertEquals(new TreeSet<>(), ids(rates));
        }
    }

    @Test
    void withoutALimitThereIsNothingToEnable() {
        TetragonException error = assertThrows(TetragonException.class,
                () -> new CgroupRateSensor().plan(new TestContext(EventRate.NONE)));
        assertEquals("enable sensor cgroup-rate: the agent was started without a limit"
                + " (start it with --cgroup-rate=EVENTS,INTERVAL)", error.getMessage());
    }

    private static StandaloneMap rates() {
        try {
            return BpfMap.create(new MapSpec("rates", MapType.PERCPU_HASH, Long.BYTES, ThrottleRate.SIZE, 64, 0));
        } catch (BpfException e) {
            assumeTrue(false, "BPF cannot be used: " + e.getMessage());
            throw e;
        }
    }

    /** Counted by the first CPU. */
    private static void put(BpfMap rates, long id, byte[] cpu) {
        rates.update(Records.key(id), Arrays.copyOf(cpu, rates.wholeValueSize()), BpfMap.ANY);
    }

    private static TreeSet<Long> ids(BpfMap rates) {
        TreeSet<Long> ids = new TreeSet<>();
        rates.forEach((key, value) -> ids.add(ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getLong()));
        return ids;
    }
}
