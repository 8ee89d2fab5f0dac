// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.model;

import java.util.List;
import java.util.Map;

/** Kubernetes' label selector: every label and every expression must hold; an empty one selects everything. */
public record LabelSelector(Position at, Map<String, String> matchLabels, List<Expression> matchExpressions) {
    public LabelSelector {
        matchLabels = Map.copyOf(matchLabels);
        matchExpressions = List.copyOf(matchExpressions);
    }

    /** Whether it asks for nothing. */
    public boolean selectsAll() {
        return matchLabels.isEmpty() && matchExpressions.isEmpty();
    }

    /** Compares the value of one label. */
    public enum Operator {
        IN,
        NOT_IN,
        EXISTS,
        DOES_NOT_EXIST
    }

    /** One requirement; {@code values} is empty for EXISTS and DOES_NOT_EXIST only. */
    public record Expression(String key, Operator operator, List<String> values) {
        public Expression {
            values = List.copyOf(values);
        }
    }
}
