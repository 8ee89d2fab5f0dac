// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.sensor;

/** Converts the kernel's clocks to the time of day. Safe for use by any thread. */
public interface KernelClock {
    /** Converts {@code CLOCK_MONOTONIC} nanoseconds, as BPF programs see them, to nanoseconds since the epoch. */
    long monotonicToEpoch(long ktime);

    /** Converts {@code CLOCK_BOOTTIME} nanoseconds, as {@code /proc/PID/stat} counts them, to nanoseconds since the epoch. */
    long boottimeToEpoch(long boottime);
}
