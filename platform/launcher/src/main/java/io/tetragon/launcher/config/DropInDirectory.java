// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.config;

import io.tetragon.api.TetragonException;
import io.tetragon.api.log.Log;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A directory with one file per flag: its name is the flag's, its content, without surrounding white space, the value.
 * Sub-directories and links to directories are skipped (Kubernetes mounts have them); a file that cannot be read is worth a
 * warning only.
 */
final class DropInDirectory {
    private static final Log LOG = Log.of(DropInDirectory.class);
    /** More than any value has; keeps a mistaken path from filling the heap. */
    private static final long MAX_BYTES = 1 << 20;

    private DropInDirectory() {}

    /** Reads a directory that need not be there. */
    static Source readIfPresent(Path directory) {
        if (!Files.isDirectory(directory)) {
            return new Source(directory.toString(), Map.of());
        }
        try {
            return read(directory);
        } catch (IOException e) {
            LOG.warn("configuration directory ignored", "directory", directory, "reason", reason(e));
            return new Source(directory.toString(), Map.of());
        }
    }

    /**
     * Reads a directory that the user named.
     *
     * @throws TetragonException if it cannot be read
     */
    static Source readRequired(Path directory) throws TetragonException {
        try {
            return read(directory);
        } catch (IOException e) {
            throw new TetragonException(TetragonException.Kind.INVALID_ARGUMENT, "--config-dir " + directory,
                    reason(e), "name a readable directory with one file per flag", e);
        }
    }

    private static Source read(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(directory)) {
            files = entries.filter(entry -> !Files.isDirectory(entry)).sorted().toList();
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (Path file : files) {
            try {
                if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
                    throw new IOException("not a regular file of at most 1 MiB");
                }
                values.put(file.getFileName().toString(), Files.readString(file).strip());
            } catch (IOException e) {
                LOG.warn("configuration file ignored", "file", file, "reason", reason(e));
            }
        }
        return new Source(directory.toString(), values);
    }

    private static String reason(IOException e) {
        String message = e.getMessage();
        return e.getClass() == IOException.class && message != null ? message : e.getClass().getSimpleName();
    }
}
