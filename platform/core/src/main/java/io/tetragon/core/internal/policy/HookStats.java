// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.bpf.BpfMap;
import io.tetragon.core.PolicyCounters;
import io.tetragon.core.internal.abi.HookCounters;
import io.tetragon.core.internal.sensor.LoadedObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The counters that hook programs keep, by selector and CPU. */
final class HookStats {
    private static final String MAP = "hook_stats";
    private static final int STRIDE = HookCounters.SIZE + 7 & ~7;

    private HookStats() {}

    /**
     * Returns the counters of one selector, summed over all CPUs; zero if the object counts nothing.
     *
     * @throws IllegalStateException if the object is closed
     */
    static PolicyCounters read(LoadedObject object, int selector) {
        BpfMap map = object.map(MAP);
        if (map == null) {
            return PolicyCounters.ZERO;
        }
        byte[] key = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(selector).array();
        ByteBuffer cpus = ByteBuffer.wrap(map.lookup(key).orElse(new byte[0])).order(ByteOrder.LITTLE_ENDIAN);
        PolicyCounters sum = PolicyCounters.ZERO;
        for (int at = 0; at + HookCounters.SIZE <= cpus.capacity(); at += STRIDE) {
            sum = sum.plus(counters(cpus, at));
        }
        return sum;
    }

    private static PolicyCounters counters(ByteBuffer in, int at) {
        return new PolicyCounters(
                in.getLong(at + HookCounters.POST),
                in.getLong(at + HookCounters.SIGNAL),
                in.getLong(at + HookCounters.MONITOR_SIGNAL),
                in.getLong(at + HookCounters.OVERRIDE),
                in.getLong(at + HookCounters.MONITOR_OVERRIDE),
                in.getLong(at + HookCounters.NOTIFY_ENFORCER),
                in.getLong(at + HookCounters.MONITOR_NOTIFY_ENFORCER),
                in.getLong(at + HookCounters.SET),
                in.getLong(at + HookCounters.MONITOR_SET),
                in.getLong(at + HookCounters.NOPOST));
    }
}
