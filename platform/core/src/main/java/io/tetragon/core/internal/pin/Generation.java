// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.pin;

import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfFs;
import io.tetragon.bpf.BpfLink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one earlier agent left: its policies, the sensors below them, and the maps that tell what happened meanwhile. It ends
 * with its last policy.
 */
final class Generation {
    private static final Log LOG = Log.of(Generation.class);

    private final Path root;

    Generation(Path root) {
        this.root = root;
    }

    Path root() {
        return root;
    }

    /** Returns the folders of its policies, those first that are complete. */
    List<String> policies() throws IOException {
        return PinTree.names(root).stream()
                .filter(name -> !name.startsWith("__"))
                .filter(name -> BpfFs.isDirectory(root.resolve(name)))
                .toList();
    }

    /** Returns its sensors that belong to no policy. */
    List<String> sensors() throws IOException {
        return PinTree.names(root.resolve(PinNames.BASE));
    }

    /** Returns the policy that a folder is of, whether complete or not. */
    static String policyOf(String folder) {
        return folder.startsWith(PinNames.UNFINISHED) ? folder.substring(PinNames.UNFINISHED.length()) : folder;
    }

    /** Returns the ids of the programs that are attached by its links. */
    Set<Integer> programs() throws IOException {
        Set<Integer> programs = new HashSet<>();
        PinTree.files(root, file -> {
            try (BpfLink link = BpfLink.openPinned(file)) {
                programs.add(link.info().programId());
            } catch (BpfException e) {
                LOG.debug("not a link", "path", file);
            }
        });
        return programs;
    }

    /** Lifts one policy. */
    void release(String folder) throws IOException {
        PinTree.remove(root.resolve(folder));
    }

    /** Lifts all of it and returns what became of its records. */
    KeptRecords end() throws IOException {
        KeptRecords.Open records = KeptRecords.open(root.resolve(PinNames.MAPS));
        try {
            PinTree.remove(root);
            return records.count();
        } catch (BpfException e) {
            LOG.warn("what happened while no agent was there is not known", "path", root, "reason", e.getMessage());
            return KeptRecords.NONE;
        } finally {
            records.close();
        }
    }
}
