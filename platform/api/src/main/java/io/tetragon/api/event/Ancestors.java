// SPDX-License-Identifier: Apache-2.0
package io.tetragon.api.event;

import io.tetragon.api.process.Process;
import io.tetragon.api.process.Processes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the ancestors of a process, nearest first. */
final class Ancestors {
    /** A process that executes itself over and over makes a chain without end. */
    private static final int MAX_DEPTH = 256;

    private Ancestors() {}

    /** Returns the ancestors above {@code parent}, as far as they are in the cache. */
    static List<Process> of(Process parent, Processes processes) {
        List<Process> found = new ArrayList<>(8);
        @Nullable Process next = parent;
        while (next != null && next.parentPid() != 0 && found.size() < MAX_DEPTH) {
            next = processes.find(next.parentPid(), next.parentKtime());
            if (next != null) {
                found.add(next);
            }
        }
        return found;
    }
}
