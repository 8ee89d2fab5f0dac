// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.policy.model.LabelSelector;
import io.tetragon.policy.model.LabelSelector.Expression;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Kubernetes' comparison of labels. */
final class Labels {
    private Labels() {}

    /** Whether labels satisfy a selector; one that is null asks for nothing. */
    static boolean match(@Nullable LabelSelector selector, Map<String, String> labels) {
        if (selector == null) {
            return true;
        }
        return selector.matchLabels().entrySet().stream()
                        .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())))
                && selector.matchExpressions().stream().allMatch(expression -> holds(expression, labels));
    }

    /** What is not there is not in any list. */
    private static boolean holds(Expression expression, Map<String, String> labels) {
        String value = labels.get(expression.key());
        return switch (expression.operator()) {
            case IN -> value != null && expression.values().contains(value);
            case NOT_IN -> value == null || !expression.values().contains(value);
            case EXISTS -> value != null;
            case DOES_NOT_EXIST -> value == null;
        };
    }
}
