// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.sensor;

import io.tetragon.api.TetragonException;
import io.tetragon.policy.model.BinaryFilter;

/**
 * The sets of binaries that the policies in force name. Which of them a process is in is decided when it executes a program,
 * and kept as bits in the process map; hooks test a bit. Equal filters share a set. Control thread only.
 */
public interface BinarySets {
    /**
     * Returns the number of a filter's set and has every process that runs now sorted into it. The set is the filter's
     * without its negation.
     *
     * @throws TetragonException RESOURCE_EXHAUSTED when all sets are taken
     */
    int acquire(BinaryFilter filter) throws TetragonException;

    /** Gives a set back, once for each time it was acquired. */
    void release(int set);
}
