// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import io.tetragon.api.TetragonException;
import java.util.Collection;

/** Names that only this machine knows, such as its system calls; asked only when a policy needs them. */
@FunctionalInterface
public interface NameSource {
    /**
     * Returns the names, in a stable order. Called on the parsing thread.
     *
     * @throws TetragonException when they cannot be read; it becomes a problem of the policy
     */
    Collection<String> names() throws TetragonException;
}
