// SPDX-License-Identifier: Apache-2.0
package io.tetragon.hooks.internal.compile;

import io.tetragon.api.TetragonException;
import io.tetragon.policy.model.Position;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A fixed number of entries that filters, selectors or actions take runs of. Equal runs are kept once. */
final class Pool<T> {
    private final String things;
    private final int limit;
    private final CompileErrors errors;
    private final List<T> entries = new ArrayList<>();

    Pool(String things, int limit, CompileErrors errors) {
        this.things = things;
        this.limit = limit;
        this.errors = errors;
    }

    /**
     * Adds a run.
     *
     * @return where it begins
     */
    int add(Position at, List<T> run) throws TetragonException {
        int same = Collections.indexOfSubList(entries, run);
        if (same >= 0) {
            return same;
        }
        if (!fits(run.size())) {
            throw errors.limit(at, things, entries.size() + run.size(), limit, "divide the hook among several policies");
        }
        entries.addAll(run);
        return entries.size() - run.size();
    }

    boolean fits(int more) {
        return entries.size() + more <= limit;
    }

    List<T> entries() {
        return entries;
    }
}
