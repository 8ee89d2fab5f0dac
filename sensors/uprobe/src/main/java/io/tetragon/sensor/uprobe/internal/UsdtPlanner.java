// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.uprobe.internal;

import io.tetragon.api.TetragonException;
import io.tetragon.api.sensor.SensorContext;
import io.tetragon.hooks.HookPolicyPlan;
import io.tetragon.hooks.compile.KernelTypes;
import io.tetragon.policy.model.TracingPolicy;
import io.tetragon.policy.sensor.BinarySets;

/** Plans the usdts of one policy. Used once, by the control thread. */
final class UsdtPlanner {
    private final TracingPolicy policy;

    UsdtPlanner(TracingPolicy policy, KernelTypes types, SensorContext context, HookPolicyPlan.Builder plan,
            BinarySets binaries) {
        this.policy = policy;
    }

    void plan() throws TetragonException {
        if (!policy.usdts().isEmpty()) {
            throw new TetragonException(TetragonException.Kind.UNSUPPORTED, "plan policy " + policy.name(),
                    "this version has no usdts", "");
        }
    }
}
