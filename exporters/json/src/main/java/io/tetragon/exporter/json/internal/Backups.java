// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import io.tetragon.api.log.Log;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The rotated files: gives them their names, keeps the newest and compresses them, on a thread that lives only while there
 * is something to do.
 *
 * <p>A compressed file appears under its name when it is complete; what an earlier run left half done is done again. Whatever
 * is not a regular file with the name of a backup is left alone. {@link #take} and {@link #putBack} are for one thread at a
 * time.
 */
final class Backups implements AutoCloseable {
    private static final Log LOG = Log.of(JsonExporter.class);
    private static final int CHUNK = 64 << 10;
    private static final int NONE = -1;
    private static final long IDLE_SECONDS = 5;
    private static final long CLOSE_SECONDS = 2;

    private final BackupName names;
    private final Set<PosixFilePermission> permissions;
    private final boolean compress;
    private final ThreadPoolExecutor worker;
    /** How many backups the tidying that waits for the worker will keep; {@link #NONE} if none waits. */
    private final AtomicInteger waiting = new AtomicInteger(NONE);
    private long lastMillis = Long.MIN_VALUE;

    /**
     * @param file the export file behind all links
     * @param compress whether to compress
     */
    Backups(Path file, Set<PosixFilePermission> permissions, boolean compress) {
        names = new BackupName(file);
        this.permissions = Set.copyOf(permissions);
        this.compress = compress;
        worker = new ThreadPoolExecutor(
                1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Backups::thread);
        worker.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "export-json-backups");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        return thread;
    }

    /** Renames a file to a backup of this moment, and returns its new name. Two of one millisecond get different names. */
    Path take(Path file) throws IOException {
        long millis = Math.max(System.currentTimeMillis(), lastMillis + 1);
        Path backup = file.resolveSibling(names.at(millis));
        while (isTaken(backup)) {
            backup = file.resolveSibling(names.at(++millis));
        }
        Files.move(file, backup, StandardCopyOption.ATOMIC_MOVE);
        lastMillis = millis;
        return backup;
    }

    /** Undoes {@link #take}, unless there is another file of that name by now. */
    void putBack(Path backup, Path file) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            Files.move(backup, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** Deletes and compresses backups in the background. Any thread. */
    void tidy(Path file, int maxBackups) {
        if (waiting.getAndSet(maxBackups) == NONE && !worker.isShutdown()) {
            worker.execute(() -> tidyNow(file, waiting.getAndSet(NONE)));
        }
    }

    /** Stops the work; a compression that is cut off leaves the file as it was. */
    @Override
    public void close() {
        worker.shutdownNow();
        try {
            worker.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tidyNow(Path file, int maxBackups) {
        try {
            NavigableMap<Long, List<Path>> newestFirst = list(file);
            int seen = 0;
            for (List<Path> sameTime : newestFirst.values()) {
                seen++;
                for (Path backup : sameTime) {
                    if (maxBackups > 0 && seen > maxBackups) {
                        Files.deleteIfExists(backup);
                    } else if (compress && !names.isCompressed(backup.getFileName().toString())) {
                        compress(backup);
                    }
                }
            }
        } catch (NoSuchFileException e) {
            LOG.debug("somebody else tidied rotated export files", "file", e.getFile());
        } catch (IOException e) {
            if (worker.isShutdown()) {
                LOG.debug("rotated files are tidied after the next start", "file", file);
                return;
            }
            LOG.warn("cannot tidy rotated export files, the next rotation tries again", "file", file,
                    "reason", Trouble.reason(e));
        }
    }

    /** Returns the backups by time; a plain and a compressed one of the same time are one backup. */
    private NavigableMap<Long, List<Path>> list(Path file) throws IOException {
        NavigableMap<Long, List<Path>> found = new TreeMap<>(Comparator.reverseOrder());
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory(file))) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                OptionalLong time = names.timeOf(name);
                if (time.isPresent() && isRegular(entry)) {
                    found.computeIfAbsent(time.getAsLong(), at -> new ArrayList<>(1)).add(entry);
                } else if (names.isUnfinished(name) && isRegular(entry)) {
                    Files.deleteIfExists(entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return found;
    }

    private void compress(Path backup) throws IOException {
        Path whole = backup.resolveSibling(backup.getFileName() + BackupName.COMPRESSED);
        Path unfinished = backup.resolveSibling(whole.getFileName() + BackupName.UNFINISHED);
        try {
            copyCompressed(backup, unfinished);
            Files.move(unfinished, whole, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(unfinished);
            throw e;
        }
        Files.deleteIfExists(backup);
    }

    private void copyCompressed(Path from, Path to) throws IOException {
        try (InputStream in = Files.newInputStream(from, LinkOption.NOFOLLOW_LINKS);
                OutputStream file = Channels.newOutputStream(Files.newByteChannel(
                        to,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(permissions)));
                OutputStream out = new GZIPOutputStream(file, CHUNK)) {
            byte[] chunk = new byte[CHUNK];
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException();
                }
                out.write(chunk, 0, n);
            }
        }
    }

    private boolean isTaken(Path backup) {
        return Files.exists(backup, LinkOption.NOFOLLOW_LINKS)
                || Files.exists(
                        backup.resolveSibling(backup.getFileName() + BackupName.COMPRESSED), LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isRegular(Path entry) throws IOException {
        @Nullable Stat stat = Stat.of(entry);
        return stat != null && stat.isRegular();
    }

    private static Path directory(Path file) throws IOException {
        Path directory = file.getParent();
        if (directory == null) {
            throw new IOException(file + " has no directory");
        }
        return directory;
    }
}
