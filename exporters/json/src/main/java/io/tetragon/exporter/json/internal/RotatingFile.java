// SPDX-License-Identifier: Apache-2.0
package io.tetragon.exporter.json.internal;

import io.tetragon.api.log.Log;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A regular file that is renamed and begun anew when a write would pass its size, or when it is told to.
 *
 * <p>What holds at any time: the file has whole lines only, unless it cannot be cut back, in which case the rest of the line
 * is written first. A line longer than the limit gets a file of its own. An empty file is never rotated. If the file cannot
 * be rotated it grows beyond its limit, because events matter more, and rotation is tried again each second. A file that was
 * renamed, deleted or replaced by somebody else is noticed at the first write a second later, and a new one is opened. An
 * interrupted thread writes all the same.
 *
 * <p>The lock is between the writer and the timer of the rotation; writers do not compete.
 */
final class RotatingFile implements Output {
    private static final Log LOG = Log.of(JsonExporter.class);
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final byte[] NOTHING = {};

    private final Path name;
    private final Set<PosixFilePermission> permissions;
    private final Backups backups;
    private final long checkNanos;
    private final Trouble trouble;
    private final Transfer transfer = new Transfer();
    private final ReentrantLock lock = new ReentrantLock();
    private volatile RotationPolicy policy;
    private @Nullable FileChannel channel;
    private boolean closed;
    private Path path;
    private @Nullable Stat identity;
    private long size;
    private long lastCheck;
    private long rotationAllowed = System.nanoTime();
    private boolean rotationFails;
    private byte[] rest = NOTHING;

    /**
     * Opens the file, or creates it.
     *
     * @param name absolute
     * @param backups looks after what was rotated; closed with the file
     */
    RotatingFile(Path name, Set<PosixFilePermission> permissions, RotationPolicy policy, Backups backups)
            throws IOException {
        this(name, permissions, policy, backups, CHECK_NANOS);
    }

    /** @param checkNanos time between two looks at whether the file is still the one of its name */
    RotatingFile(
            Path name, Set<PosixFilePermission> permissions, RotationPolicy policy, Backups backups, long checkNanos)
            throws IOException {
        this.name = name;
        this.permissions = Set.copyOf(permissions);
        this.policy = policy;
        this.backups = backups;
        this.checkNanos = checkNanos;
        trouble = new Trouble(LOG, name);
        path = name;
        open();
        rest = halfLineEnd();
        backups.tidy(path, policy.maxBackups());
    }

    /** Changes when to rotate, from the next write on. Any thread. */
    void policy(RotationPolicy next) {
        policy = next;
    }

    /** Rotates now, unless the file is empty. Any thread. */
    void rotate() {
        lock.lock();
        try {
            if (!closed && size > 0) {
                rotateLocked();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int write(byte[] lines, int length) {
        lock.lock();
        // A channel closes itself under an interrupted thread; the lines at hand are to arrive nevertheless.
        boolean interrupted = Thread.interrupted();
        try {
            return writeLocked(lines, length);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            lock.unlock();
        }
    }

    private int writeLocked(byte[] lines, int length) {
        int done = 0;
        try {
            while (done < length) {
                done += writeSome(lines, done, length);
            }
            trouble.worked();
        } catch (ShortWrite e) {
            done += e.wholeLines;
            trouble.failed(e.failure, Lines.count(lines, done, length));
        } catch (IOException e) {
            trouble.failed(e, Lines.count(lines, done, length));
        }
        return done;
    }

    /** Writes as many lines as go into one file, or none if the channel closed itself and has to be opened again. */
    private int writeSome(byte[] lines, int from, int length) throws IOException {
        try {
            lookAfter();
            int end = fitting(lines, from, length);
            if (end == from) {
                rotateLocked();
                end = fitting(lines, from, length);
            }
            return append(lines, from, end == from ? length : end);
        } catch (ClosedChannelException e) {
            tolerateInterruption(e);
            return 0;
        }
    }

    /** Takes note of an interruption, which closes the channel it hits; anything else that closed it is a failure. */
    private void tolerateInterruption(ClosedChannelException e) throws ClosedChannelException {
        if (closed) {
            throw e;
        }
        Thread.interrupted();
    }

    /** Returns where the lines end that the file has room for; {@code from} if it has none for the first of them. */
    private int fitting(byte[] lines, int from, int length) {
        long room = policy.maxBytes() - size;
        if (length - from <= room) {
            return length;
        }
        int end = room <= 0 ? from : Lines.lastEnd(lines, from, from + (int) room);
        return end == from && size == 0 ? Lines.firstEnd(lines, from, length) : end;
    }

    private int append(byte[] lines, int from, int to) throws IOException {
        if (rest.length > 0) {
            byte[] tail = rest;
            int written = put(tail, 0, tail.length);
            rest = Arrays.copyOfRange(tail, written, tail.length);
            if (rest.length > 0) {
                throw transfer.failure();
            }
        }
        int written = put(lines, from, to);
        if (written == to - from) {
            return written;
        }
        IOException failure = transfer.failure();
        int whole = Lines.lastEnd(lines, from, from + written);
        int torn = from + written - whole;
        if (torn > 0 && !cutBack(torn)) {
            whole = Lines.firstEnd(lines, from + written, to);
            rest = Arrays.copyOfRange(lines, from + written, whole);
        }
        throw new ShortWrite(whole - from, failure);
    }

    /** Writes to the file and keeps account of its size; returns the bytes written. */
    private int put(byte[] bytes, int from, int to) throws IOException {
        int done = from;
        while (done < to) {
            int written = transfer.write(open(), bytes, done, to);
            if (written < to - done && transfer.failure() instanceof ClosedChannelException && !closed) {
                done += recover(written);
                continue;
            }
            size += written;
            if (written < to - done) {
                return done + written - from;
            }
            done += written;
        }
        return to - from;
    }

    /**
     * Opens the file again that closed itself under an interrupted thread, and returns how many bytes of the write arrived:
     * only the length of the file knows.
     */
    private int recover(int reported) throws IOException {
        Stat interrupted = identity;
        long before = size;
        Thread.interrupted();
        while (!isOpen()) {
            try {
                open();
            } catch (ClosedChannelException e) {
                tolerateInterruption(e);
            }
        }
        boolean same = interrupted != null && interrupted.isSame(identity);
        return same ? (int) Math.max(0, size - before) : reported;
    }

    private boolean isOpen() {
        FileChannel file = channel;
        return file != null && file.isOpen();
    }

    private boolean cutBack(int bytes) {
        FileChannel file = channel;
        if (file == null) {
            return false;
        }
        try {
            // The size is asked for, because somebody may have emptied the file.
            file.truncate(Math.max(0, file.size() - bytes));
            size = file.size();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Once in a while: is the file still where it was, and as long as it was? */
    private void lookAfter() throws IOException {
        long now = System.nanoTime();
        if (now - lastCheck < checkNanos && channel != null) {
            return;
        }
        lastCheck = now;
        FileChannel file = open();
        if (isInPlace()) {
            size = file.size();
        } else {
            closeChannel();
            reopen(null);
        }
    }

    private boolean isInPlace() throws IOException {
        return identity != null && identity.isSame(Stat.of(path));
    }

    private void rotateLocked() {
        long now = System.nanoTime();
        if (now - rotationAllowed < 0) {
            return;
        }
        try {
            FileChannel old = open();
            if (isInPlace()) {
                replace(old);
            } else {
                reopen(old);
            }
            rotationFails = false;
            backups.tidy(path, policy.maxBackups());
        } catch (IOException e) {
            rotationAllowed = now + CHECK_NANOS;
            if (!rotationFails) {
                rotationFails = true;
                LOG.warn("cannot rotate the export file, it grows on", "file", path, "reason", Trouble.reason(e));
            }
        }
    }

    private void replace(FileChannel old) throws IOException {
        Path file = path;
        Path backup = backups.take(file);
        try {
            reopen(old);
        } catch (IOException e) {
            backups.putBack(backup, file);
            throw e;
        }
    }

    /** Opens the file of this name and leaves the one that was open; if that fails, the old one stays. */
    private void reopen(@Nullable FileChannel old) throws IOException {
        long oldSize = size;
        channel = null;
        try {
            open();
        } catch (IOException e) {
            channel = old;
            size = oldSize;
            throw e;
        }
        // The end of a torn line belongs to the file it was torn in.
        if (old != null) {
            finishTorn(old);
            old.close();
        }
        rest = NOTHING;
        rest = halfLineEnd();
    }

    /** Returns what must be written before the first line: a line end, if the file that was found ends within a line. */
    private byte[] halfLineEnd() throws IOException {
        if (size == 0) {
            return NOTHING;
        }
        try (FileChannel reader = FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return reader.read(last, size - 1) == 1 && last.get(0) != '\n' ? new byte[] {'\n'} : NOTHING;
        }
    }

    private void finishTorn(FileChannel old) {
        if (rest.length > 0 && transfer.write(old, rest, 0, rest.length) < rest.length) {
            trouble.failed(transfer.failure(), 1);
        }
    }

    /** Returns the open file; opens it where it is not. */
    private FileChannel open() throws IOException {
        FileChannel file = channel;
        if (file != null && file.isOpen()) {
            return file;
        }
        if (closed) {
            throw new ClosedChannelException();
        }
        OpenFile opened = OpenFile.of(name, permissions);
        file = opened.channel();
        size = file.size();
        path = opened.path();
        identity = opened.identity();
        channel = file;
        return file;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                trouble.ended(rest.length > 0 ? "the last line is cut off" : null);
                closeChannel();
            }
        } finally {
            lock.unlock();
        }
        backups.close();
    }

    private void closeChannel() {
        FileChannel file = channel;
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            LOG.warn("cannot close the export file", "file", path, "reason", Trouble.reason(e));
        }
    }

    /** A write that took some lines only. */
    private static final class ShortWrite extends IOException {
        private static final long serialVersionUID = 1L;

        final int wholeLines;
        final transient IOException failure;

        /** @param wholeLines bytes */
        ShortWrite(int wholeLines, IOException failure) {
            super(failure);
            this.wholeLines = wholeLines;
            this.failure = failure;
        }
    }
}
