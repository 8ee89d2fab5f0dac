// SPDX-License-Identifier: Apache-2.0
package io.tetragon.it.keep;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tetragon.it.kit.AgentProcess;
import io.tetragon.it.kit.Holdings;
import io.tetragon.it.kit.Timeouts;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What agents held while they lived, and must be gone from the kernel at the end of a test. */
final class Remains {
    private final Set<Integer> programs = new HashSet<>();
    private final Set<Integer> maps = new HashSet<>();

    /** Remembers what a living agent holds. */
    void expectToEnd(AgentProcess agent) {
        programs.addAll(Holdings.programs(agent));
        maps.addAll(Holdings.maps(agent));
    }

    /** How many programs and maps were seen. */
    int seen() {
        return programs.size() + maps.size();
    }

    /** Removes what is pinned, so that it harms no other test, and fails if there was anything. */
    void assertGone(AgentProcess ended) {
        List<Path> left = Pinned.roots(ended);
        left.forEach(Pinned::remove);
        assertEquals(List.of(), left, "pins");
        // The kernel takes its time, and tells nobody when it is done.
        Timeouts.await(Timeouts.action(), () -> alive().isEmpty());
        assertEquals(Set.of(), alive(), "programs and maps that no agent holds any more");
    }

    /**
     * Arrays of programs are left out: the kernel empties one when its last descriptor is closed, later and by a reference
     * of its own, and loses that reference for good if somebody who lists all maps opens and closes the array meanwhile,
     * as this does. What such an array could keep alive are programs, and those are looked at.
     */
    private Set<String> alive() {
        Set<String> alive = new HashSet<>();
        Holdings.alive("prog", programs).forEach((id, what) -> alive.add("program " + id + ' ' + what));
        Holdings.alive("map", maps).forEach((id, what) -> {
            if (!what.startsWith("prog_array ")) {
                alive.add("map " + id + ' ' + what);
            }
        });
        return alive;
    }
}
