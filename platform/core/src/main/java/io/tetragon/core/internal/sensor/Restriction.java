// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.sensor;

import io.tetragon.bpf.BpfObject;

/** Whom the programs of an owner are for. */
@FunctionalInterface
public interface Restriction {
    /** Every process. */
    Restriction NONE = object -> false;

    /**
     * Tells an object that is not loaded yet. Called on any thread.
     *
     * @return whether it can be restricted
     */
    boolean tell(BpfObject object);
}
