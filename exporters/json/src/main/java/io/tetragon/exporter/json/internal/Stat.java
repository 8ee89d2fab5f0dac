// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel says of a directory entry itself; a symbolic link is not followed.
 *
 * @param mode type and permission bits, as in {@code st_mode}
 * @param uid owner
 * @param links number of names
 * @param device with {@code inode} the identity of the file
 * @param size bytes
 */
record Stat(int mode, int uid, int links, long device, long inode, long size) {
    private static final int TYPE = 0170000;
    private static final int FIFO = 0010000;
    private static final int CHARACTER = 0020000;
    private static final int DIRECTORY = 0040000;
    private static final int REGULAR = 0100000;
    private static final int SYMBOLIC_LINK = 0120000;
    private static final int OTHERS_WRITE = 0002;

    /** Looks at a path; null if there is nothing of that name. */
    static @Nullable Stat of(Path path) throws IOException {
        Map<String, Object> found;
        try {
            found = Files.readAttributes(path, "unix:mode,uid,nlink,dev,ino,size", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
        return new Stat(
                number(found, "mode").intValue(),
                number(found, "uid").intValue(),
                number(found, "nlink").intValue(),
                number(found, "dev").longValue(),
                number(found, "ino").longValue(),
                number(found, "size").longValue());
    }

    boolean isFifo() {
        return (mode & TYPE) == FIFO;
    }

    boolean isCharacterDevice() {
        return (mode & TYPE) == CHARACTER;
    }

    boolean isDirectory() {
        return (mode & TYPE) == DIRECTORY;
    }

    boolean isRegular() {
        return (mode & TYPE) == REGULAR;
    }

    boolean isSymbolicLink() {
        return (mode & TYPE) == SYMBOLIC_LINK;
    }

    boolean isWritableByOthers() {
        return (mode & OTHERS_WRITE) != 0;
    }

    /** Tells whether both are the same file, whatever its names. */
    boolean isSame(@Nullable Stat other) {
        return other != null && device == other.device && inode == other.inode;
    }

    private static Number number(Map<String, Object> found, String name) throws IOException {
        if (found.get(name) instanceof Number number) {
            return number;
        }
        throw new IOException("this system does not tell the " + name + " of a file");
    }
}
