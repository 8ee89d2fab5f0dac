// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.cache;

import org.jspecify.annotations.Nullable;

/** A doubly linked list through the entries themselves, oldest first; an entry is in one list at most. */
final class AgeList {
    @Nullable CachedProcess oldest;
    private @Nullable CachedProcess newest;

    void append(CachedProcess entry) {
        CachedProcess last = newest;
        entry.older = last;
        entry.newer = null;
        if (last == null) {
            oldest = entry;
        } else {
            last.newer = entry;
        }
        newest = entry;
    }

    void remove(CachedProcess entry) {
        CachedProcess before = entry.older;
        CachedProcess behind = entry.newer;
        if (before == null) {
            oldest = behind;
        } else {
            before.newer = behind;
        }
        if (behind == null) {
            newest = before;
        } else {
            behind.older = before;
        }
        entry.older = null;
        entry.newer = null;
    }

    /** Makes an entry the newest. */
    void touch(CachedProcess entry) {
        if (entry != newest) {
            remove(entry);
            append(entry);
        }
    }

    void clear() {
        oldest = null;
        newest = null;
    }
}
