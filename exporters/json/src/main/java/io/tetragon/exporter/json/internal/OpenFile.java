// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A regular file opened for appending.
 *
 * @param path behind all links
 * @param identity what was at the path when it was open
 */
record OpenFile(FileChannel channel, Path path, Stat identity) {
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwxr-xr-x");

    /**
     * Opens the file behind a name, and sets its permissions; creates it and its directory where they are missing.
     *
     * @throws IOException also if {@link ExportPath} does not trust what is there
     */
    static OpenFile of(Path name, Set<PosixFilePermission> permissions) throws IOException {
        ExportPath.Found found = ExportPath.find(name);
        if (found.stat() == null) {
            try {
                return create(found, permissions);
            } catch (FileAlreadyExistsException e) {
                // Somebody was faster: what is there now is judged like anything that was there before.
                found = ExportPath.find(name);
            }
        }
        if (found.stat() == null || !found.stat().isRegular()) {
            throw new FileSystemException(found.path().toString(), null, "is no regular file any more");
        }
        return opened(found, permissions, FileChannel.open(
                found.path(), StandardOpenOption.WRITE, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS));
    }

    private static OpenFile create(ExportPath.Found found, Set<PosixFilePermission> permissions) throws IOException {
        Path directory = found.path().getParent();
        if (directory != null && !Files.exists(directory)) {
            Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(DIRECTORY));
        }
        return opened(found, permissions, FileChannel.open(
                found.path(),
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(permissions)));
    }

    private static OpenFile opened(ExportPath.Found found, Set<PosixFilePermission> permissions, FileChannel channel)
            throws IOException {
        try {
            Stat now = Stat.of(found.path());
            if (now == null || (found.stat() != null && !now.isSame(found.stat()))) {
                throw new FileSystemException(found.path().toString(), null, "was replaced while it was opened");
            }
            // Again, because the umask applies to new files and old ones may have any mode.
            Files.getFileAttributeView(found.path(), PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setPermissions(permissions);
            return new OpenFile(channel, found.path(), now);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }
}
