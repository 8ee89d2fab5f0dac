// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.cgrouprate.internal;

import io.tetragon.api.EventRate;
import io.tetragon.sensor.cgrouprate.internal.abi.ThrottleRate;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the kernel counted of a cgroup, on each CPU for itself, by the rules of {@code tetragon/throttle.h}.
 *
 * @param cpus a {@code struct throttle_rate} for each CPU, one behind the other
 */
record CgroupRate(ByteBuffer cpus) {
    static CgroupRate of(byte[] value) {
        return new CgroupRate(ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN));
    }

    /** Returns the execs that were not sent. */
    long execs() {
        return sum(ThrottleRate.EXECS);
    }

    /** Returns the forks that were not sent. */
    long clones() {
        return sum(ThrottleRate.CLONES);
    }

    private long sum(int field) {
        long sum = 0;
        for (int cpu = 0; cpu < count(); cpu++) {
            sum += field(cpu, field);
        }
        return sum;
    }

    /** Tells whether the cgroup was removed. */
    boolean isGone() {
        for (int cpu = 0; cpu < count(); cpu++) {
            if (cpus.getInt(cpu * ThrottleRate.SIZE + ThrottleRate.GONE) != 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Tells whether no CPU throttles any more: for the quiet time no event was above the limit, nor would be one now.
     *
     * @param now nanoseconds of the kernel's monotonic clock
     */
    boolean isBelow(EventRate limit, long quietNanos, long now) {
        for (int cpu = 0; cpu < count(); cpu++) {
            long over = field(cpu, ThrottleRate.OVER);
            if (over != 0 && now - over < quietNanos || estimate(cpu, limit, now) + 1 > limit.events()) {
                return false;
            }
        }
        return true;
    }

    /** Tells whether an entry that begins anew would come to the same decisions. */
    boolean isIdle(EventRate limit, long quietNanos, long now) {
        for (int cpu = 0; cpu < count(); cpu++) {
            long over = field(cpu, ThrottleRate.OVER);
            if (over != 0 && now - over < quietNanos || age(cpu, limit, now) < 2) {
                return false;
            }
        }
        return true;
    }

    private double estimate(int cpu, EventRate limit, long now) {
        long interval = limit.interval().toNanos();
        double left = (double) (interval - now % interval) / interval;
        long age = age(cpu, limit, now);
        if (age <= 0) {
            return field(cpu, ThrottleRate.CURRENT) + field(cpu, ThrottleRate.PREVIOUS) * left;
        }
        return age == 1 ? field(cpu, ThrottleRate.CURRENT) * left : 0;
    }

    /** Whole intervals since the one that is counted. */
    private long age(int cpu, EventRate limit, long now) {
        return now / limit.interval().toNanos() - field(cpu, ThrottleRate.SLOT);
    }

    private int count() {
        return cpus.capacity() / ThrottleRate.SIZE;
    }

    private long field(int cpu, int field) {
        return cpus.getLong(cpu * ThrottleRate.SIZE + field);
    }
}
