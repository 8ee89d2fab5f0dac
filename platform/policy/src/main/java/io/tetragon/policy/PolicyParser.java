// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy;

import io.tetragon.policy.internal.Problems;
import io.tetragon.policy.internal.read.PolicyReader;
import io.tetragon.policy.internal.schema.SchemaReader;
import io.tetragon.policy.internal.schema.Section;
import io.tetragon.policy.internal.yaml.YamlNode;
import io.tetragon.policy.internal.yaml.YamlReader;
import io.tetragon.policy.model.TracingPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Reads TracingPolicies.
 *
 * <p>A policy is read in three steps: YAML within bounds, fields of the declared types, and the rules between them.
 * Each step reports all it finds and hands on what is sound, so that one attempt shows every error. What a policy asks
 * of the kernel (that a function exists, that its parameters fit) is not known here and not checked.
 *
 * <p>Thread-safe; memory and time are bounded by {@link Limits}, whatever the bytes are.
 */
public final class PolicyParser {

    /** Reads one policy; throws nothing, whatever the bytes are. */
    public PolicyResult parse(byte[] yaml, PolicyContext context) {
        Problems problems = new Problems();
        TracingPolicy policy = policy(yaml, context, problems);
        if (policy == null || problems.any()) {
            return new PolicyResult.Rejected(problems.errors(), problems.warnings());
        }
        return new PolicyResult.Accepted(policy, problems.warnings());
    }

    private static @Nullable TracingPolicy policy(byte[] yaml, PolicyContext context, Problems problems) {
        YamlNode document = YamlReader.read(yaml, problems);
        Section root = document == null ? null : SchemaReader.read(document, problems);
        if (root == null) {
            return null;
        }
        Section metadata = root.section("metadata");
        Section spec = root.section("spec");
        if (metadata == null || spec == null) {
            return null;
        }
        return PolicyReader.read(root, metadata, spec, context, problems);
    }
}
