// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.listener;

import io.tetragon.proto.FieldFilter;
import io.tetragon.proto.Filter;
import java.util.List;

/**
 * What a listener wants to receive. Immutable.
 *
 * @param name short name for ledgers and the thread, such as {@code json}
 * @param queueSize events its queue holds
 * @param allow an event passes if this is empty or any of it matches
 * @param deny an event does not pass if any of this matches
 * @param fieldFilters masks, applied in order
 * @param eventsPerMinute rate above which events are dropped; negative for none
 */
public record SubscriptionRequest(
        String name,
        int queueSize,
        List<Filter> allow,
        List<Filter> deny,
        List<FieldFilter> fieldFilters,
        int eventsPerMinute) {
    /** Copies the lists. */
    public SubscriptionRequest {
        allow = List.copyOf(allow);
        deny = List.copyOf(deny);
        fieldFilters = List.copyOf(fieldFilters);
    }

    /** Returns a request for every event. */
    public static SubscriptionRequest everything(String name, int queueSize) {
        return new SubscriptionRequest(name, queueSize, List.of(), List.of(), List.of(), -1);
    }
}
