// SPDX-License-Identifier: Apache-2.0
package io.tetragon.policy.internal.schema;

import io.tetragon.policy.internal.Problems;
import org.jspecify.annotations.Nullable;

/** The way from the root to a field; written out only when a problem needs it. */
record Path(@Nullable Path parent, String step) {
    static final Path ROOT = new Path(null, "");

    Path field(String name) {
        return new Path(this, this == ROOT ? name : "." + name);
    }

    Path item(int index) {
        return new Path(this, "[" + index + "]");
    }

    /** A key of the user's choice, which may hold anything. */
    Path key(String key) {
        return new Path(this, "{" + Problems.quote(key) + "}");
    }

    @Override
    public String toString() {
        return parent == null ? step : parent + step;
    }
}
