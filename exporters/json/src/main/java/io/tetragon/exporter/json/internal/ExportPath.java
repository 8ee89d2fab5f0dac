// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds out what is behind the name of the export file, and refuses what somebody else may have put there.
 *
 * <p>A symbolic link is followed by hand to the file it names, so that rotation happens beside that file and the link stays.
 * In a directory that everybody may write to, an entry is trusted only if it belongs to this process's user, and a regular
 * file only if it has no second name: the rules of {@code fs.protected_symlinks}, {@code protected_regular},
 * {@code protected_fifos} and {@code protected_hardlinks}, which a machine may have switched off.
 */
final class ExportPath {
    private static final int MAX_LINKS = 40;
    private static final Path STATUS = Path.of("/proc/self/status");

    private ExportPath() {}

    /**
     * What a name leads to.
     *
     * @param path behind all links
     * @param stat null if nothing is there yet
     */
    record Found(Path path, @Nullable Stat stat) {}

    /** Follows links and checks every step. */
    static Found find(Path name) throws IOException {
        Path path = name;
        for (int i = 0; i < MAX_LINKS; i++) {
            Stat stat = Stat.of(path);
            if (stat == null) {
                return new Found(path, null);
            }
            checkTrusted(path, stat);
            if (!stat.isSymbolicLink()) {
                checkWritable(path, stat);
                return new Found(path, stat);
            }
            path = path.resolveSibling(Files.readSymbolicLink(path));
        }
        throw new FileSystemLoopException(name.toString());
    }

    /** Tells whether everybody may put files into the directory of a path. */
    static boolean isInSharedDirectory(Path path) throws IOException {
        Path directory = path.getParent();
        Stat stat = directory == null ? null : Stat.of(directory.toRealPath());
        return stat != null && stat.isWritableByOthers();
    }

    private static void checkTrusted(Path path, Stat stat) throws IOException {
        if (!isInSharedDirectory(path)) {
            return;
        }
        if (stat.uid() != effectiveUser()) {
            throw new FileSystemException(
                    path.toString(), null, "belongs to another user in a directory that everybody may write to");
        }
        if (stat.isRegular() && stat.links() > 1) {
            throw new FileSystemException(
                    path.toString(), null, "has a second name and lies in a directory that everybody may write to");
        }
    }

    private static void checkWritable(Path path, Stat stat) throws IOException {
        if (stat.isDirectory()) {
            throw new FileSystemException(path.toString(), null, "is a directory");
        }
        if (!stat.isRegular() && !stat.isFifo() && !stat.isCharacterDevice()) {
            throw new FileSystemException(path.toString(), null, "is neither a file nor a pipe nor a character device");
        }
    }

    private static int effectiveUser() throws IOException {
        List<String> status = Files.readAllLines(STATUS);
        for (String line : status) {
            if (line.startsWith("Uid:")) {
                return Integer.parseUnsignedInt(line.split("\\s+")[2]);
            }
        }
        throw new IOException(STATUS + " names no user");
    }
}
