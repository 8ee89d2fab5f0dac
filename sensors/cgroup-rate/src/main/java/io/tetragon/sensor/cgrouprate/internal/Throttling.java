// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.cgrouprate.internal;

import io.tetragon.api.EventRate;
import io.tetragon.api.log.Log;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.RingRecord;
import io.tetragon.proto.ThrottleType;
import io.tetragon.sensor.cgrouprate.internal.abi.MsgThrottle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The cgroups that are being throttled. Each CPU that begins to throttle one tells so; the first makes the event. That it is
 * over nobody tells: the counts are looked at. On the reader's thread only.
 *
 * <p>Times are those of the kernel's monotonic clock in nanoseconds, which is {@link System#nanoTime} on Linux.
 */
final class Throttling {
    private static final Log LOG = Log.of(Throttling.class);

    /** More cgroups that become quiet within a second are summed up in the log. */
    private static final int LOGGED_MOST = 10;

    /** The root of a hierarchy has no name. */
    private static final byte[] ROOT = {'/'};

    private final SensorContext context;
    private final EventRate limit;
    private final long quietNanos = CgroupRateSensor.QUIET.toNanos();
    /** Names by id. */
    private final Map<Long, byte[]> throttled = new LinkedHashMap<>();

    Throttling(SensorContext context, EventRate limit) {
        this.context = context;
        this.limit = limit;
    }

    /** Decodes the record of a CPU. */
    void started(RingRecord r) {
        long id = r.getLong(MsgThrottle.CGROUP_ID);
        byte[] name = name(r);
        if (throttled.putIfAbsent(id, name) == null) {
            long time = context.clock().monotonicToEpoch(r.getLong(MsgThrottle.COMMON_KTIME));
            context.publish(new ProcessThrottleEvent(context.node(), time, ThrottleType.THROTTLE_START, name));
        }
    }

    private static byte[] name(RingRecord r) {
        // With its NUL; a length that cannot be is cut, for the rest of the record is sound.
        int length = Math.min(Math.max(r.getInt(MsgThrottle.NAME_LENGTH) - 1, 0), MsgThrottle.NAME_SIZE);
        byte[] name = new byte[length];
        r.getBytes(MsgThrottle.NAME, name, 0, length);
        return length == 0 ? ROOT : name;
    }

    /** Tells of the cgroups that are below the limit again. Their entries go: the next event begins anew. */
    void look(BpfMap rates, long now) {
        int stopped = 0;
        for (Iterator<Map.Entry<Long, byte[]>> all = throttled.entrySet().iterator(); all.hasNext();) {
            Map.Entry<Long, byte[]> entry = all.next();
            byte[] key = key(entry.getKey());
            Optional<CgroupRate> rate = rates.lookup(key).map(CgroupRate::of);
            // A cgroup that was removed has no more events, however long the interval goes on.
            if (rate.isPresent() && !rate.get().isGone() && !rate.get().isBelow(limit, quietNanos, now)) {
                continue;
            }
            all.remove();
            rates.delete(key);
            stop(entry.getValue(), rate, now, ++stopped);
        }
        logRest(stopped);
    }

    /** Takes out what tells nothing any more, so that the map has room. */
    void sweep(BpfMap rates, long now) {
        List<byte[]> old = new ArrayList<>();
        rates.forEach((key, value) -> {
            CgroupRate rate = CgroupRate.of(value);
            boolean over = rate.isGone() || rate.isIdle(limit, quietNanos, now);
            if (over && !throttled.containsKey(id(key))) {
                old.add(key);
            }
        });
        old.forEach(rates::delete);
    }

    /** Empties the map; returns what was in it, by id. For any thread. */
    static Map<Long, CgroupRate> takeAll(BpfMap rates) {
        Map<Long, CgroupRate> all = new HashMap<>();
        rates.forEach((key, value) -> all.put(id(key), CgroupRate.of(value)));
        all.keySet().forEach(id -> rates.delete(key(id)));
        return all;
    }

    /**
     * The limit is gone.
     *
     * @param rates the last counts, by id
     */
    void end(Map<Long, CgroupRate> rates, long now) {
        int stopped = 0;
        for (Map.Entry<Long, byte[]> entry : throttled.entrySet()) {
            stop(entry.getValue(), Optional.ofNullable(rates.get(entry.getKey())), now, ++stopped);
        }
        logRest(stopped);
        throttled.clear();
    }

    private void stop(byte[] name, Optional<CgroupRate> rate, long now, int number) {
        context.publish(new ProcessThrottleEvent(context.node(), context.clock().monotonicToEpoch(now),
                ThrottleType.THROTTLE_STOP, name));
        if (number <= LOGGED_MOST) {
            LOG.info("cgroup was throttled", "sensor", CgroupRateSensor.NAME, "cgroup",
                    new String(name, StandardCharsets.UTF_8), "execs", rate.map(CgroupRate::execs).orElse(0L), "clones",
                    rate.map(CgroupRate::clones).orElse(0L));
        }
    }

    private static void logRest(int stopped) {
        if (stopped > LOGGED_MOST) {
            LOG.info("more cgroups were throttled", "sensor", CgroupRateSensor.NAME, "cgroups", stopped - LOGGED_MOST);
        }
    }

    private static long id(byte[] key) {
        return ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static byte[] key(long id) {
        return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(id).array();
    }
}
