// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;

/** The functions on which NotifyEnforcer can act. */
public record EnforcerSpec(Position at, List<Call> calls) {
    public EnforcerSpec {
        calls = List.copyOf(calls);
    }
}
