// SPDX-License-Identifier: Apache-2.0
package io.tetragon.sensor.loader.internal;

import io.tetragon.api.log.Log;
import io.tetragon.bpf.FoundFile;
import io.tetragon.elf.BuildId;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Finds the file that was mapped and reads its build id. The process may have ended, the path may lead to another file by
 * now, and either may be somebody's trap: a file is opened only when its numbers are those that the kernel told.
 */
final class BuildIdSearch {
    private static final Log LOG = Log.of(BuildIdSearch.class);

    private final Path procfs;

    BuildIdSearch(Path procfs) {
        this.procfs = procfs;
    }

    /**
     * Returns the build id, empty if the file has none; null if the file is nowhere to be found.
     *
     * @param processes those that may see the file at its path: the one that mapped it, its ancestors
     */
    byte @Nullable [] find(Mapping mapping, int[] processes) {
        byte[] found = null;
        if (mapping.place() == Mapping.Place.FILE) {
            for (int i = 0; found == null && i < processes.length; i++) {
                found = below(process(processes[i]).resolve("root").toString(), mapping);
            }
            if (found == null) {
                found = below("/", mapping);
            }
        }
        return found == null && processes.length > 0 ? mapped(process(processes[0]), mapping) : found;
    }

    private Path process(int pid) {
        return procfs.resolve(Integer.toString(pid));
    }

    private static byte @Nullable [] below(String root, Mapping mapping) {
        try (FoundFile folder = FoundFile.at(root); FoundFile file = folder.below(mapping.path())) {
            return FileVersion.of(file.path()).isContentOf(mapping.file()) ? read(file) : null;
        } catch (IOException e) {
            return notFound(mapping, e);
        }
    }

    /** While the process lives and keeps the mapping, procfs leads to the file whatever became of its path. */
    private static byte @Nullable [] mapped(Path process, Mapping mapping) {
        byte[][] found = new byte[1][];
        try {
            MapsFile.executable(process, line -> {
                if (line.inode() == mapping.file().inode()) {
                    try (FoundFile file = at(process, line)) {
                        if (FileVersion.of(file.path()).isContentOf(mapping.file())) {
                            found[0] = read(file);
                        }
                    }
                }
                return found[0] == null;
            });
            return found[0];
        } catch (IOException e) {
            return notFound(mapping, e);
        }
    }

    /** Finds the file of a mapping. */
    static FoundFile at(Path process, MapsFile.Line line) throws IOException {
        return FoundFile.at(process.resolve("map_files").resolve(line.range()).toString());
    }

    /** Reads the build id of a file that is known to be a regular one. */
    static byte[] read(FoundFile file) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file.path())) {
            return BuildId.read(channel);
        }
    }

    private static byte @Nullable [] notFound(Mapping mapping, IOException e) {
        if (LOG.isDebug()) {
            LOG.debug("mapped file not found", "pid", mapping.pid(), "reason", e.getMessage());
        }
        return null;
    }
}
