// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.kit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips what this machine cannot run, and ends the last agent when all tests are done. */
final class AgentExtension implements ExecutionCondition, BeforeAllCallback {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(AgentExtension.class);
    private static final int CAP_SYS_ADMIN = 21;

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return missing()
                .map(ConditionEvaluationResult::disabled)
                .orElseGet(() -> ConditionEvaluationResult.enabled("an agent can run here"));
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getRoot()
                .getStore(OURS)
                .getOrComputeIfAbsent("stop", key -> (ExtensionContext.Store.CloseableResource) Agents::stop);
    }

    private static Optional<String> missing() {
        if (!Files.isExecutable(Places.TREE.resolve("bin/tetragon"))) {
            return Optional.of("no agent in " + Places.TREE + ": build the distribution first");
        }
        if (!Files.exists(Path.of("/sys/kernel/btf/vmlinux"))) {
            return Optional.of("the kernel has no BTF (/sys/kernel/btf/vmlinux)");
        }
        if ((ProcStatus.ofSelf().hex("CapEff") >> CAP_SYS_ADMIN & 1) == 0) {
            return Optional.of("not root: loading BPF programs needs CAP_SYS_ADMIN");
        }
        return Optional.empty();
    }
}
