// SPDX-License-Identifier: Apache-2.0
package io.tetragon.launcher.host;

import io.tetragon.api.TetragonException;
import io.tetragon.api.TetragonException.Kind;
import io.tetragon.api.log.Log;
import io.tetragon.core.PolicyKey;
import io.tetragon.core.PolicyManager;
import io.tetragon.policy.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The policies that are loaded at start: every regular file of a directory and of its sub-directories (these one level deep),
 * sorted by name, then one file. Hidden files are left out: they are what editors and mounted volumes keep for themselves.
 *
 * <p>A policy that cannot be loaded is logged and listed as load_error; the agent and the other policies go on. Only a flag
 * that names nothing is an error of the start.
 */
public final class PolicyFiles {
    /** Where policies are looked for without a flag; it need not be there. */
    public static final Path DEFAULT_DIRECTORY = Path.of("/etc/tetragon/tetragon.tp.d");

    private static final Log LOG = Log.of(PolicyFiles.class);

    /** A file and the name under which it is told from others. */
    private record Source(Path file, String name) {}

    private final List<Source> sources;

    private PolicyFiles(List<Source> sources) {
        this.sources = sources;
    }

    /**
     * Finds the files; reads none.
     *
     * @param directory value of the flag tracing-policy-dir, may be empty
     * @param file value of the flag tracing-policy, may be empty
     * @throws TetragonException INVALID_ARGUMENT if a flag names what is not there
     */
    public static PolicyFiles find(String directory, String file) throws TetragonException {
        List<Source> sources = new ArrayList<>();
        if (!directory.isEmpty()) {
            Path root = Path.of(directory);
            if (Files.isDirectory(root)) {
                addAll(root, root, sources);
            } else if (!root.equals(DEFAULT_DIRECTORY)) {
                throw new TetragonException(Kind.INVALID_ARGUMENT, "--tracing-policy-dir=" + directory,
                        "there is no such directory", "make it, or correct the flag");
            }
        }
        if (!file.isEmpty()) {
            Path path = Path.of(file).toAbsolutePath();
            if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
                throw new TetragonException(Kind.INVALID_ARGUMENT, "--tracing-policy=" + file,
                        "there is no such file, or it cannot be read", "correct the flag");
            }
            sources.add(new Source(path, path.toString()));
        }
        return new PolicyFiles(sources);
    }

    private static void addAll(Path root, Path directory, List<Source> sources) throws TetragonException {
        for (Path path : sorted(directory)) {
            if (path.getFileName().toString().startsWith(".")) {
                continue;
            }
            if (Files.isRegularFile(path)) {
                sources.add(new Source(path, root.relativize(path).toString()));
            } else if (directory.equals(root) && Files.isDirectory(path)) {
                addAll(root, path, sources);
            }
        }
    }

    private static List<Path> sorted(Path directory) throws TetragonException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.sorted().toList();
        } catch (IOException e) {
            throw new TetragonException(Kind.PERMISSION_DENIED, "read the directory " + directory, e.toString(),
                    "correct its permissions or --tracing-policy-dir", e);
        }
    }

    /** Returns how many files there are. */
    public int count() {
        return sources.size();
    }

    /** Loads them one behind the other; returns how many failed. */
    public int load(PolicyManager policies) {
        int failed = 0;
        for (Source source : sources) {
            try {
                policies.addFile(read(source.file()), PolicyKey.STATIC, source.name());
            } catch (TetragonException e) {
                failed++;
                LOG.error("policy is not loaded", "file", source.file(), "reason", e.getMessage());
            } catch (IOException e) {
                failed++;
                LOG.error("policy is not loaded", "file", source.file(), "reason", "cannot read it: " + e.getMessage());
            }
        }
        return failed;
    }

    /** One byte more than the limit is enough to be told that it is too long. */
    private static byte[] read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(Limits.POLICY_BYTES + 1);
        }
    }
}
