// SPDX-License-Identifier: Apache-2.0
package io.tetragon.core.internal.policyfilter;

import io.tetragon.api.log.Log;
import io.tetragon.bpf.BpfException;
import io.tetragon.bpf.BpfFs;
import io.tetragon.bpf.BpfMap;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The filter's maps in the BPF file system while the agent runs, where {@code tetra policyfilter} finds them. The filter works
 * without: where they cannot be pinned, that is a warning. Used by one thread at a time.
 */
final class FilterPins implements AutoCloseable {
    private static final Log LOG = Log.of(FilterPins.class);

    private final Path folder;
    private final List<Path> pinned = new ArrayList<>();

    /** @param maps by the name of the file */
    FilterPins(Path folder, Map<String, BpfMap> maps) {
        this.folder = folder;
        try {
            if (!BpfFs.isDirectory(folder)) {
                BpfFs.createDirectory(folder);
            }
            for (Map.Entry<String, BpfMap> map : maps.entrySet()) {
                Path path = folder.resolve(map.getKey());
                // What an agent left that was killed.
                Files.deleteIfExists(path);
                map.getValue().pin(path);
                pinned.add(path);
            }
        } catch (IOException | BpfException e) {
            LOG.warn("maps of the policy filter are not pinned: tetra policyfilter will not find them", "folder", folder,
                    "reason", e.getMessage());
        }
    }

    @Override
    public void close() {
        try {
            for (Path path : pinned) {
                Files.deleteIfExists(path);
            }
            pinned.clear();
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException | NoSuchFileException e) {
            LOG.debug("folder of pins stays", "folder", folder, "reason", e.toString());
        } catch (IOException e) {
            LOG.warn("pinned maps stay", "folder", folder, "reason", e.toString());
        }
    }
}
