// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.filter;

import io.tetragon.api.TetragonException;
import io.tetragon.api.event.Event;
import io.tetragon.proto.EventType;
import io.tetragon.proto.Filter;
import java.util.List;
import java.util.Set;

/**
 * The allow and deny list of one listener, compiled: an event passes when the allow list is empty or one of its entries
 * matches, and no entry of the deny list does. Members of an entry are ANDed, values of a member ORed.
 *
 * <p>Immutable and safe for use by any thread. Matching builds no messages; it makes strings only for members that are
 * regular expressions, and those are tried last.
 */
public final class EventFilter {
    private final FilterEntry[] allow;
    private final FilterEntry[] deny;

    private EventFilter(FilterEntry[] allow, FilterEntry[] deny) {
        this.allow = allow;
        this.deny = deny;
    }

    /**
     * Compiles filters for an agent whose events have no ancestors: {@code ancestor_binary_regex} is refused.
     *
     * @throws TetragonException INVALID_ARGUMENT naming the member that is wrong or not supported
     */
    public static EventFilter compile(List<Filter> allow, List<Filter> deny) throws TetragonException {
        return compile(allow, deny, Set.of());
    }

    /**
     * Compiles filters.
     *
     * @param withAncestors types of events that carry ancestors; {@code ancestor_binary_regex} on any other is refused,
     *     because it would never match
     * @throws TetragonException INVALID_ARGUMENT naming the member that is wrong or not supported
     */
    public static EventFilter compile(List<Filter> allow, List<Filter> deny, Set<EventType> withAncestors)
            throws TetragonException {
        RegexBudget budget = new RegexBudget();
        return new EventFilter(
                entries("allow list", allow, withAncestors, budget), entries("deny list", deny, withAncestors, budget));
    }

    /** Tells whether an event passes. */
    public boolean matches(Event event) {
        return (allow.length == 0 || any(allow, event)) && !any(deny, event);
    }

    private static boolean any(FilterEntry[] entries, Event event) {
        for (FilterEntry entry : entries) {
            if (entry.matches(event)) {
                return true;
            }
        }
        return false;
    }

    private static FilterEntry[] entries(
            String list, List<Filter> filters, Set<EventType> withAncestors, RegexBudget budget)
            throws TetragonException {
        FilterEntry[] entries = new FilterEntry[filters.size()];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = new FilterCompiler(list + ", entry " + (i + 1), withAncestors, budget).compile(filters.get(i));
        }
        return entries;
    }
}
