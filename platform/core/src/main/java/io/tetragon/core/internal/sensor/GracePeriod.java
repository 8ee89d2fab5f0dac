// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.bpf.BpfMap;
import io.tetragon.bpf.MapSpec;
import io.tetragon.bpf.MapType;
import io.tetragon.bpf.StandaloneMap;

/**
 * Waits for programs that run on another CPU. A closed link starts no program any more, but one that had started before
 * may still be about to send its record; closing most kinds of links does not wait for it.
 *
 * <p>An update of a map of maps does: the kernel returns from it behind an RCU grace period (since 5.0), and a program that
 * does not sleep is over by then. A program that sleeps may last longer; its record is counted as one without a decoder.
 */
final class GracePeriod implements AutoCloseable {
    private static final byte[] FIRST = new byte[Integer.BYTES];

    private final StandaloneMap inner;
    private final StandaloneMap outer;

    GracePeriod() {
        inner = BpfMap.create(new MapSpec("grace_inner", MapType.ARRAY, Integer.BYTES, Integer.BYTES, 1, 0));
        try {
            outer = BpfMap.create(new MapSpec("grace_outer", MapType.ARRAY_OF_MAPS, Integer.BYTES, Integer.BYTES, 1, 0),
                    inner);
        } catch (RuntimeException e) {
            inner.close();
            throw e;
        }
    }

    /** Returns when every program that runs now, and does not sleep, has ended: some 10 to 30 ms. For any thread. */
    void await() {
        outer.update(FIRST, inner, BpfMap.ANY);
    }

    @Override
    public void close() {
        outer.close();
        inner.close();
    }
}
