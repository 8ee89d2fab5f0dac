// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import io.tetragon.api.event.Event;
import java.util.List;

/** One entry of a list: the conditions of its members, cheapest first. An entry without members matches every event. */
final class FilterEntry {
    /** What one member asks for. */
    @FunctionalInterface
    interface Condition {
        boolean test(Event event);
    }

    private final Condition[] conditions;

    FilterEntry(List<Condition> conditions) {
        this.conditions = conditions.toArray(new Condition[0]);
    }

    boolean matches(Event event) {
        for (Condition condition : conditions) {
            if (!condition.test(event)) {
                return false;
            }
        }
        return true;
    }
}
