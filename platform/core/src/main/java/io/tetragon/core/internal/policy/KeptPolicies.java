// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policy;

import io.tetragon.api.TetragonException;
import io.tetragon.core.PolicyStatus.State;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The policies of clients that survive the agent; none where they need not. For whoever holds the lock on changes. */
final class KeptPolicies {
    private final @Nullable PolicyStore store;

    private KeptPolicies(@Nullable PolicyStore store) {
        this.store = store;
    }

    /**
     * Opens the folder that they are in.
     *
     * @param folder null if they need not survive
     * @throws TetragonException if it cannot be used
     */
    static KeptPolicies in(@Nullable Path folder) throws TetragonException {
        return new KeptPolicies(folder == null ? null : PolicyStore.open(folder));
    }

    /** Whether policies are to survive. */
    boolean wanted() {
        return store != null;
    }

    /** Returns what earlier agents kept, in the order of its coming. */
    List<PolicyStore.Found> read() throws TetragonException {
        return store == null ? List.of() : store.read();
    }

    /** Writes down what a client sent. After a failure nothing of it is there. */
    void add(PolicyEntry entry, byte[] yaml) throws TetragonException {
        if (store == null) {
            return;
        }
        String file = PolicyStore.fileOf(entry.key);
        KeptPolicy kept = new KeptPolicy(store.nextOrder(), entry.key.domain(), true, null, yaml.clone());
        store.write(file, kept);
        entry.file = file;
        entry.kept = kept;
    }

    /** Writes down what a client made of a policy. */
    void update(PolicyEntry entry) throws TetragonException {
        String file = entry.file;
        KeptPolicy kept = entry.kept;
        if (store == null || file == null || kept == null) {
            return;
        }
        KeptPolicy now = kept.withState(entry.state != State.DISABLED, entry.wanted);
        try {
            store.write(file, now);
        } catch (TetragonException e) {
            throw new TetragonException(e.kind(), "policy " + entry.key.name() + " is changed, but only until the agent ends",
                    e.what() + ": " + e.why(), e.remedy(), e);
        }
        entry.kept = now;
    }

    /** Forgets a policy that a client deleted. */
    void remove(PolicyEntry entry) throws TetragonException {
        String file = entry.file;
        if (store == null || file == null) {
            return;
        }
        try {
            store.remove(file);
        } catch (TetragonException e) {
            throw new TetragonException(e.kind(), "policy " + entry.key.name() + " is deleted, but comes back with the next agent",
                    e.what() + ": " + e.why(), "remove the file", e);
        }
    }
}
