// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.policy.model.BinaryFilter;
import io.tetragon.policy.sensor.BinarySets;

/** For an agent whose process map keeps no sets: a policy that names binaries is refused. */
public final class NoBinarySets implements BinarySets {
    @Override
    public int acquire(BinaryFilter filter) throws TetragonException {
        throw new TetragonException(TetragonException.Kind.UNSUPPORTED, "match binaries at " + filter.at(),
                "this agent keeps no sets of binaries", "");
    }

    @Override
    public void release(int set) {
        throw new IllegalStateException("set " + set + " was never acquired");
    }
}
