// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.core.PolicyKey;
import io.tetragon.core.PolicyStatus;
import io.tetragon.core.internal.pin.Leftovers;
import io.tetragon.core.internal.pin.PinNames;
import io.tetragon.policy.model.TracingPolicy;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Every policy that is known, by id, which is the order of their coming. Control thread only, but for what is published. */
final class Policies {
    /** 0 means none, 1 all pods. */
    private static final long FIRST_ID = 2;
    private static final int MAX = 1000;

    private final Map<PolicyKey, PolicyEntry> entries = new LinkedHashMap<>();
    private long nextId = FIRST_ID;
    private volatile List<PolicyEntry.View> published = List.of();

    /** Adds a policy in state loading; {@code policy} is null where its text could not be read. */
    PolicyEntry add(PolicyKey key, @Nullable TracingPolicy policy) throws TetragonException {
        if (entries.containsKey(key)) {
            throw new TetragonException(Kind.ALREADY_EXISTS, "add policy " + key, "there is one of this name",
                    "delete it first, or use another name or domain");
        }
        if (entries.size() >= MAX) {
            throw new TetragonException(Kind.RESOURCE_EXHAUSTED, "add policy " + key, "the limit is " + MAX + " policies",
                    "delete some, or join their hooks");
        }
        PolicyEntry entry = new PolicyEntry(nextId, key, policy);
        // Filters of its selectors have the numbers behind its own.
        nextId += 1 + (policy == null ? 0 : policy.selectorWorkloads().size());
        entries.put(key, entry);
        return entry;
    }

    PolicyEntry find(PolicyKey key) throws TetragonException {
        PolicyEntry entry = entries.get(key);
        if (entry != null) {
            return entry;
        }
        List<String> others = entries.keySet().stream().filter(other -> other.name().equals(key.name()))
                .map(PolicyKey::toString).toList();
        throw new TetragonException(Kind.NOT_FOUND, "policy " + key, "there is none of this name",
                others.isEmpty() ? "see tetra tracingpolicy list" : "there is " + String.join(", ", others));
    }

    void remove(PolicyEntry entry) {
        entries.remove(entry.key, entry);
    }

    Collection<PolicyEntry> all() {
        return entries.values();
    }

    /** Replaces what {@link #list} and {@link #domains} tell. */
    void publish() {
        published = entries.values().stream().map(PolicyEntry::view).toList();
    }

    /** Returns the policies as they were published, with the figures of this moment. For any thread. */
    List<PolicyStatus> list() {
        return published.stream().map(PolicyEntry.View::status).toList();
    }

    /** Returns the domains of the policies as they were published, sorted. For any thread. */
    List<String> domains() {
        return published.stream().map(view -> view.key().domain()).distinct().sorted().toList();
    }

    /** Returns what has become of the policies, for what earlier agents left of them. */
    Leftovers.Outcome outcome(Set<String> failedSensors) {
        Set<String> loaded = new HashSet<>();
        Set<String> failed = new HashSet<>();
        boolean unreadable = false;
        for (PolicyEntry entry : entries.values()) {
            if (entry.loaded != null) {
                loaded.add(PinNames.policy(entry.key));
            } else if (entry.state == PolicyStatus.State.LOAD_ERROR || entry.state == PolicyStatus.State.ERROR) {
                failed.add(PinNames.policyName(entry.key.namespace(), entry.key.name()));
                unreadable |= entry.policy == null && !entry.duplicate;
            }
        }
        return new Leftovers.Outcome(loaded, failed, unreadable, failedSensors);
    }
}
